OPENQASM 3.0;
include "stdgates.inc";
gate own a, b { rzx(pi/4) a, b; x a; rzx(-pi/4) a, b; }
qubit[2] q; bit[2] c;
ry(0.3) q[0]; ry(0.5) q[1]; ecr q[0], q[1]; own q[0], q[1]; ry(-0.3) q[0]; ry(-0.5) q[1];
c = measure q;
