OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c; int i = 0;
while (i < 3) { x q[i]; i += 2; }
c = measure q;
