// Half turns about XX, YY and MS flip both qubits; XY by pi swaps 01 and 10, PSWAP swaps anyway; a CNOT and a
// CCNOT flip where their controls are 1. The answer's bits, from b[0]: 11, 11, 11, 01, 01, 111.
OPENQASM 3.0;
bit[13] b;
qubit[13] q;
xx(pi) q[0], q[1];
yy(pi) q[2], q[3];
ms(0.1, 0.2, pi) q[4], q[5];
x q[6]; xy(pi) q[6], q[7];
x q[8]; pswap(0.4) q[8], q[9];
x q[10]; cnot q[10], q[11]; ccnot q[10], q[11], q[12];
b = measure q;
