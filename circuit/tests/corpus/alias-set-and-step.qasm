OPENQASM 3.0;
include "stdgates.inc";
qubit[6] q; let r = q[{5, 0}]; let s1 = q[1:2:5]; bit[6] c;
x r[0]; x s1;
c = measure q;
