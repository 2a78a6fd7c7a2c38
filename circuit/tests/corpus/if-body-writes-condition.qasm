OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit c; bit d;
x q[0]; c = measure q[0];
if (c) { reset q[0]; c = measure q[0]; x q[1]; } else { y q[0]; }
d = measure q[1];
