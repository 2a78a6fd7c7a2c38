OPENQASM 3.0;
include "stdgates.inc";
stretch a; duration d = a - .5 * durationof({x $0;}); qubit q; bit c;
box { delay[d] q; x q; delay[2*a] q; }
c = measure q;
