OPENQASM 2.0;
include "qelib1.inc";
qreg a[2]; qreg b[2]; creg c[2];
x a;
cx a,b;
measure b -> c;
