OPENQASM 3.0;
include "stdgates.inc";
int[4] a = 7; a += 1; uint[4] b = 15; b += 2;
qubit[2] q; bit[2] c;
if (a == -8) x q[0];
if (b == 1) x q[1];
c = measure q;
