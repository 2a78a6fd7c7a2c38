OPENQASM 3.0;
include "stdgates.inc";
def f(qubit a) { break; }
qubit q;
for int i in [0:1] { f(q); }
