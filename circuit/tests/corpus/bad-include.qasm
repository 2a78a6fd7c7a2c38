OPENQASM 3.0;
include "stdgates.inc";
include "mygates.inc";
qubit q;
