OPENQASM 3.0;
include "stdgates.inc";
qubit a;
bit a;
