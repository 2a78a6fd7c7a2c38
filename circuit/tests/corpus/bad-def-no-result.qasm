OPENQASM 3.0;
include "stdgates.inc";
def f(qubit a) -> bit { x a; }
qubit q; bit c;
c = f(q);
