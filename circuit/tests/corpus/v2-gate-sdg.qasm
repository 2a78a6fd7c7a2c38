OPENQASM 2.0;
include "qelib1.inc";
qreg q[1]; creg c[1];
h q; rz(0.3) q[0]; ry(0.7) q[0]; x q[0];ry(1.1) q[0];
sdg q[0];
h q; rx(0.4) q[0];
measure q -> c;
