OPENQASM 3.0;
include "stdgates.inc";
duration a = 500ns; duration b = 1us; float r = a / b;
qubit q; bit c;
if (r == 0.5 && a < b) x q;
delay[a + b] q;
c = measure q;
