OPENQASM 3.0;
include "stdgates.inc";
def f(qubit a, qubit b) -> bit { bit r = measure a; if (r) { return 1; } x b; return 0; }
qubit[3] q; bit[2] c;
h q[0];
c[0] = f(q[0], q[1]);
c[1] = measure q[1];
