OPENQASM 3.0;
include "stdgates.inc";
complex[float[64]] z1 = 1.0 + 2.0im; complex[float[64]] z2 = z1 * z1;
qubit[2] q; bit[2] c;
if (real(z2) == -3.0) x q[0];
if (imag(z2) == 4.0) x q[1];
c = measure q;
