OPENQASM 3.0;
include "stdgates.inc";
def f(int a) -> int { if (a > 2) { return 1; } return 0; }
qubit[2] q; bit[2] c;
if (f(3) == 1) x q[0];
if (f(1) == 1) x q[1];
c = measure q;
