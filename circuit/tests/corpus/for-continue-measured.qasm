OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] m; bit[2] c; int n = 0;
h q;
for int i in [0:1] { m[i] = measure q[i]; if (m[i]) { continue; } c[i] = 1; n += 1; }
if (n == 2) x q[0];
bit o = measure q[0];
