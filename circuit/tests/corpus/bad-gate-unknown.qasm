OPENQASM 3.0;
include "stdgates.inc";
gate g a { foo a; }
qubit q;
