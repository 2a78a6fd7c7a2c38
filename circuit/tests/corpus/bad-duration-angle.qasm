OPENQASM 3.0;
include "stdgates.inc";
qubit q;
rx(10ns) q;
