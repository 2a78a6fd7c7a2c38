OPENQASM 3.0;
include "stdgates.inc";
def look(qubit a) -> bit { x a; return measure a; }
qubit[2] q; bit[2] c;
c[1] = look(q[0]);
c[0] = measure q[1];
