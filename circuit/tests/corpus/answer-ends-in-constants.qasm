// What is assigned is part of the answer, if only with the value it had: six bits, of which the third is measured.
OPENQASM 3.0;
include "stdgates.inc";
qubit q; bit[6] c;
x q;
c[2] = measure q;
c[4] = 1;
c[5] = 0;
