OPENQASM 3.0;
include "stdgates.inc";
qubit q;
for i in [0:1] x q;
