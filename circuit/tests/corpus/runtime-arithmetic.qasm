OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c; bit[4] o;
h q; c = measure q;
uint[4] n = uint[2](c);
n = n * 3 + 1;
o = bit[4](n);
