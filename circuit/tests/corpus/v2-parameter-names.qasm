OPENQASM 2.0;
include "qelib1.inc";
gate cu4(theta,phi,lambda,gamma) a,b { u1(gamma) a; cu3(theta,phi,lambda) a,b; }
gate delta(alpha,beta) a { rx(alpha) a; ry(beta) a; }
qreg q[2];creg c[2];cu4(1,2,3,4) q[0],q[1];delta(0.1,0.2) q[0];measure q->c;