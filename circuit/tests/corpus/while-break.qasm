OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c; int i = 0;
while (true) { if (i == 2) break; x q[i]; i += 1; }
c = measure q;
