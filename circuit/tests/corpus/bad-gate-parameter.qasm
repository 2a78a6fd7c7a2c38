OPENQASM 3.0;
include "stdgates.inc";
gate g(t) a { rx(s1) a; }
qubit q;
