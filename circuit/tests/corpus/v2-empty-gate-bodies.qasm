OPENQASM 2.0;
include "qelib1.inc";
gate nop a,b {}
gate nop2() a { }
gate bar a,b { barrier a,b; h a; barrier a; }
qreg q[2];creg c[2];nop q[0],q[1];nop2() q[0];bar q[0],q[1];measure q->c;