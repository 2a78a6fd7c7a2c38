OPENQASM 3.0;
include "stdgates.inc";
bit[2] c = 1.5;
qubit q;
