OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
for int i in [1:0] { x q[i]; }
c = measure q;
