OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[4] c; int k = 0;
for int i in [3:-1:1] { if (k < 2) x q[i]; k += 1; }
c = measure q;
