OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q; bit[5] c;
x q[0]; x q[1];
ctrl(2) @ x q[0],q[1],q[2];
ctrl(3) @ negctrl @ x q[0],q[1],q[2],q[3],q[4];
c = measure q;
