OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
if (1 + 2 * 3 ** 2 == 19) x q[0];
if ((1 | 2 ^ 3 & 6) == 1) x q[1];
if (1 << 2 + 1 == 8) x q[2];
c = measure q;
