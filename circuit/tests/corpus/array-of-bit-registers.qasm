// 01 xor 11 xor 10 is 00, and the array's second element, 11, flips both qubits.
OPENQASM 3.0;
include "stdgates.inc";
array[bit[2], 3] rows = {"01", "11", "10"};
qubit[2] q; bit[4] c;
for uint k in [0:1] { if (rows[1][k]) x q[k]; }
c[0:1] = measure q;
c[2:3] = rows[0] ^ rows[1] ^ rows[2];
