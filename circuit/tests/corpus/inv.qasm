OPENQASM 3.0;
include "stdgates.inc";
gate g(t) a, b { rx(t) a; cx a, b; s b; u3(0.1,0.2,0.3) a; }
qubit[2] q; bit[2] c;
x q[0];
g(0.4) q[0],q[1];
inv @ g(0.4) q[0],q[1];
c = measure q;
