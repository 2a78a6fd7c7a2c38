OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q; let r = q[1:3]; bit[5] c;
x r[0]; x r[-1];
c = measure q;
