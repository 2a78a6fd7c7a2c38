OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
x q; barrier q; reset q[0]; barrier; barrier q[0], q[1];
c = measure q;
