OPENQASM 3.0;
include "stdgates.inc";
qubit q;
switch (1) { case 1 { x q; } case 1 { y q; } }
