OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] s1; bit[4] o;
h q; s1 = measure q;
uint[2] k = uint[2](s1); uint[4] v = 1;
v = v << k;
o = bit[4](v);
