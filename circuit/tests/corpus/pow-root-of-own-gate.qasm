OPENQASM 3.0;
include "stdgates.inc";
gate g a { h a; t a; h a; }
qubit q; bit c;
pow(0.25) @ g q; pow(0.75) @ g q; inv @ g q;
c = measure q;
