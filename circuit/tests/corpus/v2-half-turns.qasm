OPENQASM 2.0;
include "qelib1.inc";

qreg q[2];
creg c[2];
rz(3.5*pi) q[0];
rx(0.5*pi) q[0];
u1(0.25*pi) q[0];
u3(0.5*pi,0.0*pi,1.0*pi) q[1];
cx q[0],q[1];
barrier q[0],q[1];
measure q[0] -> c[0];
measure q[1] -> c[1];
