OPENQASM 3.0;
include "stdgates.inc";
gphase(pi/4); qubit[2] q; ctrl @ gphase(pi/2) q[0]; negctrl @ gphase(pi) q[1]; inv @ gphase(0.1); pow(2) @ gphase(0.1); gate ph(t) a { ctrl @ gphase(t) a; } ph(0.2) q[0]; ctrl @ ph(0.3) q[0], q[1]; bit[2] c = measure q;