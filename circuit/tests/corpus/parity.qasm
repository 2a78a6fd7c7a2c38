OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c; bit p1;
h q; c = measure q;
p1 = c[0] ^ c[1] ^ c[2];
