OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
negctrl @ x q[0],q[1];
negctrl @ ctrl @ x q[0],q[1],q[2];
c = measure q;
