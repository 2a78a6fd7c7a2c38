OPENQASM 3.0;
include "stdgates.inc";
qubit[3] a; qubit[3] b; qubit s; bit[3] c;
x a; cx a, b; x s; cx s, b[0];
c = measure b;
