OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
x q[0];
ctrl @ pow(0.5) @ x q[0],q[1];
ctrl @ pow(1/2.0) @ x q[0],q[1];
c = measure q;
