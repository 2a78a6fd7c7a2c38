OPENQASM 3.0;
include "stdgates.inc";
def parity(bit[3] b) -> bit { bit r = 0; for int i in [0:2] { r ^= b[i]; } return r; }
qubit[3] q; bit[3] c; bit p1;
x q[0]; x q[1]; x q[2]; c = measure q;
p1 = parity(c);
