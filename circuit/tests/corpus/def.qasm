OPENQASM 3.0;
include "stdgates.inc";
def flip(qubit a) { x a; }
qubit[2] q; bit[2] c;
flip(q[1]);
c = measure q;
