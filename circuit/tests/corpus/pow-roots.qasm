OPENQASM 3.0;
include "stdgates.inc";
qubit q; bit c;
pow(0.5) @ x q; pow(0.5) @ x q;
c = measure q;
