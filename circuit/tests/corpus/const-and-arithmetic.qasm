OPENQASM 3.0;
include "stdgates.inc";
const int n = 2; const float f = 1.5; const uint[8] k = 3;
qubit[n*2-1] q; bit[k] c;
x q[n];
c = measure q;
