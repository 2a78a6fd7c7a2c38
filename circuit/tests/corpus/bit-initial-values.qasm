OPENQASM 3.0;
include "stdgates.inc";
qubit q; bit[3] c = "101"; bit d = 1;
if (c == 5 && d == 1) x q;
bit o;
o = measure q;
