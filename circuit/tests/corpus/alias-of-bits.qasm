OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[4] c; let d = c[2:3];
x q[0];
d = measure q;
