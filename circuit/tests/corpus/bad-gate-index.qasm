OPENQASM 3.0;
include "stdgates.inc";
gate g a { x a[0]; }
qubit q;
