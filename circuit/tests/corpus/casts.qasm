OPENQASM 3.0;
include "stdgates.inc";
float f = 3.9; int i = int(f); bit[4] b = "1010"; uint[4] u = uint[4](b); bool t = bool(u);
qubit[3] q; bit[3] c;
if (i == 3) x q[0];
if (u == 10) x q[1];
if (t) x q[2];
c = measure q;
