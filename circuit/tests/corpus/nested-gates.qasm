OPENQASM 3.0;
include "stdgates.inc";
gate a1 x1 { h x1; }
gate a2(t) x1, x2 { a1 x1; cx x1, x2; rz(t/2) x2; }
gate a3(t) x1, x2, x3 { a2(t*2) x1, x2; a2(-t) x2, x3; }
qubit[3] q; bit[3] c;
a3(0.7) q[0],q[1],q[2]; h q;
c = measure q;
