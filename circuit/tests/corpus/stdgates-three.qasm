OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
h q; rz(0.4) q[1]; ccx q[0],q[1],q[2]; ry(0.2) q[0]; cswap q[0],q[1],q[2]; h q;
c = measure q;
