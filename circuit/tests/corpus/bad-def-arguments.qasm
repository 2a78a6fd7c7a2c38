OPENQASM 3.0;
include "stdgates.inc";
def f(qubit a) { x a; }
qubit q;
f(q, q);
