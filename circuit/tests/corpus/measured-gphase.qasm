OPENQASM 3.0;
include "stdgates.inc";
gate w(t) a { gphase(t); }
qubit[3] q; bit m; bit c;
x q[0]; m = measure q[0]; float f = 1.0;
uint[1] k = uint[1](m);
h q[1]; ctrl @ w(pi*k) q[1], q[2]; h q[1];
c = measure q[1];
