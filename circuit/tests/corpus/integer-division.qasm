OPENQASM 3.0;
include "stdgates.inc";
int a = 7 / 2; int b = -7 % 4; int d = 2 ** 10;
qubit[3] q; bit[3] c;
if (a == 3) x q[0];
if (b == -3) x q[1];
if (d == 1024) x q[2];
c = measure q;
