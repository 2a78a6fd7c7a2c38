OPENQASM 3.0;
include "stdgates.inc";
gate nothing a, b {}
qubit[2] q; bit[2] c;
x q[0]; nothing q[0], q[1];
c = measure q;
