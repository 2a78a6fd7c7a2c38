OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[4] c;
for uint i in {0, 3} x q[i];
c = measure q;
