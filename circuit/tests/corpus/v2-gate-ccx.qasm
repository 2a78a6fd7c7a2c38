OPENQASM 2.0;
include "qelib1.inc";
qreg q[3]; creg c[3];
h q; rz(0.3) q[0]; ry(0.7) q[2]; x q[0];ry(1.1) q[0];
ccx q[0],q[1],q[2];
h q; rx(0.4) q[0];
measure q -> c;
