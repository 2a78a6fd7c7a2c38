// A phase of pi on one of four states is a Z on the first qubit where the second has the right value, so the
// first of each pair, between two H, flips: on |00> and |10> the second is 0, on |01> and |11> it is 1.
OPENQASM 3.0;
bit[8] b;
qubit[8] q;
h q[0]; cphaseshift00(pi) q[0], q[1]; h q[0];
h q[2]; cphaseshift10(pi) q[2], q[3]; h q[2];
x q[5]; h q[4]; cphaseshift01(pi) q[4], q[5]; h q[4];
x q[7]; h q[6]; cphaseshift(pi) q[6], q[7]; h q[6];
b = measure q;
