OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[2] s1; bit[2] c;
h q[0]; h q[1]; s1 = measure q[0:1];
switch (s1) { case 0 { x q[2]; } case 1, 2 { x q[3]; } default { x q[2]; x q[3]; } }
c = measure q[2:3];
