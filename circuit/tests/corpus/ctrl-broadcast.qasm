OPENQASM 3.0;
include "stdgates.inc";
qubit[2] a; qubit[2] b; bit[2] c;
x a;
ctrl @ x a, b;
c = measure b;
