OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] m; bit[3] c;
h q;
for int i in [0:2] { m[i] = measure q[i]; if (m[i]) break; c[i] = 1; }

