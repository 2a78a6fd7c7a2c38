OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
h q[0]; ctrl @ gphase(pi/2) q[0]; h q[0];
x q[1]; negctrl @ gphase(pi) q[1];
c = measure q;
