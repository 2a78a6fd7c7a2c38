OPENQASM 3.0;
gate h a { U(π/2, 0, π) a; gphase(-π/4); }
gate x a { U(π, 0, π) a; gphase(-π/2); }
gate cx a, b { ctrl @ x a, b; }
gate rz(λ) a { gphase(-λ/2); U(0, 0, λ) a; }
gate rx(θ) a { U(θ, -π/2, π/2) a; gphase(-θ/2); }
qubit[2] q; bit[2] c;
h q[0]; cx q[0], q[1]; rz(0.3) q[1]; ctrl @ rx(0.4) q[0], q[1];
c = measure q;
