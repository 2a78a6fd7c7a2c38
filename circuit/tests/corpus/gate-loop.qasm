OPENQASM 3.0;
include "stdgates.inc";
gate many(n) a { for int i in [1:4] { rx(n/4) a; } }
qubit q; bit c;
many(pi) q;
c = measure q;
