OPENQASM 3.0;
include "stdgates.inc";
gate v a { h a; s a; h a; gphase(-pi/4); }
qubit[2] q; bit[2] c;
h q; ctrl @ v q[0],q[1]; h q[0];
c = measure q;
