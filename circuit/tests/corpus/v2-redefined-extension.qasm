OPENQASM 2.0;
include "qelib1.inc";
gate rzz(theta) a,b { cx a,b; u1(theta) b; cx a,b; }
gate sxdg a { s a; h a; s a; }
qreg q[2]; creg c[2]; rzz(0.4) q[0],q[1]; sxdg q[0]; measure q -> c;
