OPENQASM 3.0;
include "stdgates.inc";
gate bell a, b { h a; cx a, b; } gate rbell(t) a, b { bell a, b; inv @ bell a, b; pow(2) @ rz(t) a; } qubit[3] q; bit[3] c; bell q[0], q[1]; ctrl @ bell q[2], q[0], q[1]; inv @ ctrl @ rbell(0.3) q[2], q[0], q[1]; c = measure q;