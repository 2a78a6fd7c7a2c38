OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[2] c; bit r;
h q[0]; x q[1]; c = measure q[0:1];
if (c[1]) { if (c[0]) { x q[2]; } else { reset q[2]; } }
r = measure q[2];
