OPENQASM 3.0;
include "stdgates.inc";
cal { port d0; }
qubit q;
