OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c; int i = 1;
{ int i = 0; x q[i]; }
if (i == 1) { const int k = 1; x q[k]; }
c = measure q;
