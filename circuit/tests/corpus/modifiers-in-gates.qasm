OPENQASM 3.0;
include "stdgates.inc";
gate g a, b { ctrl @ inv @ s a, b; }
gate k a, b { inv @ g a, b; }
qubit[2] q; bit[2] c;
x q[0]; h q[1];
k q[0],q[1]; k q[0],q[1];
h q[1];
c = measure q;
