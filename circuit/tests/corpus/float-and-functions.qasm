OPENQASM 3.0;
include "stdgates.inc";
float[64] x1 = sin(pi/2) + cos(0.0) + sqrt(4.0) + exp(0.0) + log(euler) + arctan(0.0);
qubit q; bit c;
if (x1 == 6.0) x q;
c = measure q;
