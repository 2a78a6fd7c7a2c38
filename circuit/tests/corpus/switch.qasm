OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q; bit[2] c; int k = 2;
switch (k) { case 1, 3 { x q[0]; } case 2 { x q[1]; } default { x q; } }
c = measure q;
