OPENQASM 3.0;
include "stdgates.inc";
angle[4] a = 9 * (pi / 8); angle[4] b = a << 2; angle[4] d = a >> 2;
qubit[3] q; bit[3] c;
if (b == pi/2) x q[0];
if (d == pi/4) x q[1];
if (a + a == pi/4) x q[2];
c = measure q;
