OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[4] c;
x q[0]; c[0] = measure q[0]; c[1] = measure q[1];
c[2] = c[0] & ~c[1];
c[3] = c[0] ^ c[2];
