OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
let r = q ++ c;
