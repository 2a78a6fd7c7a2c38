OPENQASM 3.0;
include "stdgates.inc";
bit[8] a = "10001111";
qubit[4] q; bit[4] c;
if (popcount(a) == 5) x q[0];
if (rotl(a, 2) == "00111110") x q[1];
if (rotr(a, 1) == "11000111") x q[2];
if (~a == "01110000") x q[3];
c = measure q;
