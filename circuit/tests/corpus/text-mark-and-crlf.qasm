// An X and a CX on |00>: both are 1. The encoding mark and the line ends of another system change nothing.
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
x q[0];
cx q[0], q[1];
c = measure q;
