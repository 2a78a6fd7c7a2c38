OPENQASM 3.0;
include "stdgates.inc";
output bit[2] r;
qubit[2] q;
x q[0];
r = measure q;
