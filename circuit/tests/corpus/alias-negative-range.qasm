OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; let r = q[-1:-1:-2]; bit[4] c;
x r[0];
c = measure q;
