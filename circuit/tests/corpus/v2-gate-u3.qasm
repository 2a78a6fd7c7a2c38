OPENQASM 2.0;
include "qelib1.inc";
qreg q[2]; creg c[2];
h q; ry(0.3) q[1];
u3(0.1,0.2,0.3) q[0];
h q; rx(0.4) q[1];
measure q -> c;
