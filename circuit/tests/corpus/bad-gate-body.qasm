OPENQASM 3.0;
include "stdgates.inc";
gate g a { measure a; }
qubit q;
