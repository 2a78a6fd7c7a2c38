OPENQASM 3.0;
include "stdgates.inc";
bool a = true; bool b = false;
qubit[3] q; bit[3] c;
if (a && !b) x q[0];
if (a || b) x q[1];
if (!(a == b)) x q[2];
c = measure q;
