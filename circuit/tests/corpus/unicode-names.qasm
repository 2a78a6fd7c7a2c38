OPENQASM 3.0;
include "stdgates.inc";
const float θ = π/1;
qubit[1] ψ; bit[1] ξ;
rx(θ) ψ[0];
ξ = measure ψ;
