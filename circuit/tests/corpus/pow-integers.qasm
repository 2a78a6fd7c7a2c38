OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
pow(3) @ x q[0];
pow(-2) @ s q[1];
h q[1]; pow(2) @ s q[1]; h q[1];
c = measure q;
