OPENQASM 3.0;
include "stdgates.inc";
const int k = 1;
def f(qubit[2] r) { x r[k]; }
qubit[2] q; bit[2] c;
f(q);
c = measure q;
