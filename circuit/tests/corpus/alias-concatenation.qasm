OPENQASM 3.0;
include "stdgates.inc";
qubit[2] a; qubit[3] b; let r = a ++ b; bit[5] c;
x r[1]; x r[4]; x r[{2}];
c = measure r;
