// The phase kicked back by p(pi/3) shows as a bias: 1 with probability sin²(pi/6) = 0.25.
OPENQASM 3.0;
include "stdgates.inc";

qubit q;
bit c;

h q;
p(pi / 3) q;
h q;
c = measure q;
