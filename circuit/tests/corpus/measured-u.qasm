OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit m; bit[2] c;
h q[0]; m = measure q[0];
uint[1] k = uint[1](m);
U(pi/2*k, pi*k, 0.3*k) q[1]; h q[1];
c = measure q;
