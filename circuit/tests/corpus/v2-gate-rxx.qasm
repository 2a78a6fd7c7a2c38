OPENQASM 2.0;
include "qelib1.inc";
qreg q[2]; creg c[2];
h q; rz(0.3) q[0]; ry(0.7) q[1];
rxx(0.4) q[0],q[1];
h q; rx(0.4) q[0];
measure q -> c;
