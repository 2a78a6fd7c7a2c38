OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; qreg r[1]; qubit s; bit[2] c; creg d[1]; bit e;
x q[1]; x s;
c = measure q;
measure r -> d;
e = measure s;
