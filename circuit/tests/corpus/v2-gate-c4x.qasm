OPENQASM 2.0;
include "qelib1.inc";
qreg q[5]; creg c[5];
h q; rz(0.3) q[0]; ry(0.7) q[4]; x q[0];ry(1.1) q[0];
c4x q[0],q[1],q[2],q[3],q[4];
h q; rx(0.4) q[0];
measure q -> c;
