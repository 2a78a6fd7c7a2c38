OPENQASM 3.0;
include "stdgates.inc";
qubit[3] a; qubit[3] b; bit[3] c; ctrl @ x a, b; ctrl @ x a[0], b; swap a, b; c = measure b;