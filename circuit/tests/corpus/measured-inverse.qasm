OPENQASM 3.0;
include "stdgates.inc";
gate w(t) a { rx(t) a; h a; }
qubit[2] q; bit m; bit c;
h q[0]; m = measure q[0];
uint[1] k = uint[1](m);
w(pi*k/3) q[1]; inv @ w(pi*k/3) q[1];
c = measure q[1];
