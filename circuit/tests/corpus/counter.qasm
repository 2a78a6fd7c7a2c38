OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] m; uint[2] n = 0; bit[2] o;
h q; m = measure q;
for bit b in m { if (b) n += 1; }
o[0] = n[0]; o[1] = n[1];
