OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; uint[2] r;
x q[1];
r[0] = measure q[0];
r[1] = measure q[1];
