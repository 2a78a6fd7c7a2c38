OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c;
box { x q[0]; delay[100ns] q[1]; }
box[1us] { nop q; }
stretch a;
delay[10dt] q;
c = measure q;
