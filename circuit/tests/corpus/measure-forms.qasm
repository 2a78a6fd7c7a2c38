OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[4] c; bit d;
x q;
c[0] = measure q[0];
measure q[1] -> c[1];
c[2:3] = measure q[2:3];
d = measure q[0];
measure q[1];
