OPENQASM 3.0;
include "stdgates.inc";
def a1(qubit x1) { h x1; }
def b1(qubit x1) { a1(x1); z x1; a1(x1); }
qubit q; bit c;
b1(q);
c = measure q;
