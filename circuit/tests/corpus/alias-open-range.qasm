OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; let r = q[2:]; let t1 = q[:1]; bit[4] c;
x r; x t1[0];
c = measure q;
