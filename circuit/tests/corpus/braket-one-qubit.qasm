// Braket's dialect, which includes nothing. Two halves of a NOT, or a phase of pi between two H, are a NOT; an S
// and its inverse, or an identity, are nothing; GPi is a NOT up to phases, and so are two GPi2 in a row.
OPENQASM 3.0;
bit[8] b;
qubit[8] q;
v q[0]; v q[0];
vi q[1]; vi q[1];
h q[2]; phaseshift(pi) q[2]; h q[2];
h q[3]; s q[3]; si q[3]; t q[3]; ti q[3]; h q[3];
i q[4];
gpi(0.3) q[5];
gpi2(0.3) q[6]; gpi2(0.3) q[6];
prx(pi, 0.1) q[7];
#pragma braket result probability
b = measure q;
