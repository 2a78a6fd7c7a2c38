OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c; h q[0]; c[0] = measure q[0]; if (c[0]) x q[1]; else h q[1]; if (!c[0]) reset q[1]; c = measure q;