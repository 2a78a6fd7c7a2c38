OPENQASM 2.0;
include "qelib1.inc";
gate syndrome d1,d2,a1,a2 { cx d1,a1; cx d2,a1; cx d2,a2; }
qreg q[4]; creg c[4];
x q[1];
syndrome q[0],q[1],q[2],q[3];
measure q -> c;
