OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[2] c; bit r;
h q[0]; h q[1]; c = measure q[0:1];
if (int[2](c) >= 0) { if (uint[2](c) > 1) x q[2]; }
r = measure q[2];
