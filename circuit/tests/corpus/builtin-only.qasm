OPENQASM 3;
qubit[2] q; bit[2] c;
U(π, 0, π) q[0];
ctrl @ U(π, 0, π) q[0], q[1];
c = measure q;
