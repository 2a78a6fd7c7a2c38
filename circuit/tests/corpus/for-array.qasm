OPENQASM 3.0;
include "stdgates.inc";
array[float[64], 3] a = {0.0, pi, 0.0};
qubit q; bit c;
for float f in a rx(f) q;
c = measure q;
