OPENQASM 3.0;
include "stdgates.inc";
qubit q; bit c;
h q; inv @ inv @ s q; inv @ s q; h q;
c = measure q;
