OPENQASM 2.0;
include "qelib1.inc";
qreg a[1]; qreg b[3]; creg c[3];
x a[0];
cx a[0],b;
measure b -> c;
