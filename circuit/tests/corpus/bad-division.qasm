OPENQASM 3.0;
include "stdgates.inc";
qubit q; int a = 1 / 0;
