OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit m; bit c;
x q[0]; m = measure q[0];
uint[1] n = uint[1](m);
rx(pi * n) q[1];
c = measure q[1];
