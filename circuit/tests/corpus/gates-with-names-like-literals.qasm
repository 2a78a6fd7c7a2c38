OPENQASM 3.0;
include "stdgates.inc";
gate e a { x a; } gate im1 a { x a; } qubit q; e q; im1 q; bit c = measure q;