OPENQASM 3.0;
include "stdgates.inc";
uint[8] a = 0b1010_1010; uint[8] b = (a >> 1) & 0x0F | 1 << 7 ^ 1;
qubit[8] q; bit[8] c;
for int i in [0:7] { if (bool(b[i])) x q[i]; }
c = measure q;
