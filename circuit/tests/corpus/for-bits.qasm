OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] k = "101"; bit[3] c; int i = 0;
for bit b in k { if (b) x q[i]; i += 1; }
c = measure q;
