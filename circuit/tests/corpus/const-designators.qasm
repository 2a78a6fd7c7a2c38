// Three qubits from 6 / 2, of which the middle one, 3 / 2 rounded down, is flipped.
OPENQASM 3.0;
include "stdgates.inc";
const int n = 2 ** 3 - 5;
const int m = n * 2;
qubit[m / 2] q;
bit[n] c;
let middle = q[n / 2];
x middle;
c = measure q;
