OPENQASM 2.0;
include "qelib1.inc";
qreg q[1]; creg c[1];
rx(pi/2+2*(3-1)^2/4-2) q[0];
ry(-sin(0.3)+cos(0.1)*tan(0.2)) q[0];
rz(exp(0.1)+ln(2)-sqrt(2)) q[0];
rx(1/2) q[0];
measure q -> c;
