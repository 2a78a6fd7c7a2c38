OPENQASM 3.0;
include "stdgates.inc";
input angle t1;
qubit q;
rx(t1) q;
