OPENQASM 2.0;
include "qelib1.inc";
gate g(a) q { rx(b) q; }
qreg q[1];
