OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] a; bit[3] o; bit[3] r;
h q; a = measure q; uint[3] n = uint[3](a);
uint[3] d = n / 3; uint[3] e = n % 3;
o = bit[3](d); r = bit[3](e);
