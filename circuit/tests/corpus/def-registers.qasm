OPENQASM 3.0;
include "stdgates.inc";
def spread(qubit[3] r, int n) { for int i in [0:n-1] x r[i]; }
qubit[3] q; bit[3] c;
spread(q, 2);
c = measure q;
