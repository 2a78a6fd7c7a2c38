OPENQASM 3.0;
include "stdgates.inc";
uint[8] a = 15; bit[4] hi = a[4:7]; bit[2] odd = a[{1, 3}];
a[4:7] = "1010";
qubit[3] q; bit[3] c;
if (hi == 0) x q[0];
if (odd == 3) x q[1];
if (a == 0xAF) x q[2];
c = measure q;
