OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[4] c;
for int i in [0:2:3] { x q[i]; }
c = measure q;
