OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
let r = q ++ q[0:0];
