OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q; bit[5] c;
for int i in [0:4] { if (i == 1) continue; if (i == 3) break; x q[i]; }
c = measure q;
