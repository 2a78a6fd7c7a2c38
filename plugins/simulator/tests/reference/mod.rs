//! A reference that shares nothing with the engine: full 2ⁿ×2ⁿ matrices, made by Kronecker products
//! from textbook definitions, applied to vectors by plain matrix multiplication.
//!
//! Each gate is a sum of tensor products of 2×2 matrices. Where the engine has a formula of its
//! own (kernels, Euler angles), the definition here is another one on purpose.

#![allow(dead_code, reason = "each test uses its part")]
#![expect(clippy::panic, reason = "a reference may give up")]

pub mod dynamics;
pub mod matrix;
pub mod random_circuit;
pub mod statistics;

use eigen_qdriver::Operation;
use matrix::{M2, Matrix, c, controlled, dense, i, id, on, rotation, sx, times, x, y, z};

/// ⊗ of 2×2 matrices on some qubits (the identity on all others), with a coefficient.
#[derive(Clone)]
pub struct Term {
    pub coefficient: num_complex::Complex64,
    pub factors: Vec<(u32, M2)>,
}

/// The matrix of a gate on `n` qubits under `controls` (qubit, value).
pub fn matrix_of(operation: &Operation, controls: &[(u32, bool)], n: u32) -> Matrix {
    dense(&controlled(controls, definition(operation)), n)
}

/// The textbook definition.
fn definition(operation: &Operation) -> Vec<Term> {
    use Operation as Op;
    let phase_gate = |theta: f64| M2([[c(1.0), c(0.0)], [c(0.0), (i() * theta).exp()]]);
    let h = (x() + z()) * c(1.0 / 2f64.sqrt());
    // Euler: U = e^{i(φ+λ)/2} RZ(φ) RY(θ) RZ(λ).
    let u = |theta: f64, phi: f64, lambda: f64| {
        rotation(z(), phi) * rotation(y(), theta) * rotation(z(), lambda) * (i() * (phi + lambda) / 2.0).exp()
    };
    let pauli_rotation = |a, pa, b, pb, theta: f64| {
        let mut terms = vec![times(c((theta / 2.0).cos()), vec![])];
        terms.push(times(-i() * (theta / 2.0).sin(), vec![(a, pa), (b, pb)]));
        terms
    };
    let swap = |a, b| [id(), x(), y(), z()].map(|p| times(c(0.5), vec![(a, p), (b, p)])).to_vec();
    let one = |q: u32| (q, true);
    match *operation {
        Op::Id(q) => on(q, id()),
        Op::X(q) => on(q, x()),
        Op::Y(q) => on(q, y()),
        Op::Z(q) => on(q, z()),
        Op::H(q) => on(q, h),
        Op::S(q) => on(q, phase_gate(std::f64::consts::FRAC_PI_2)),
        Op::Sdg(q) => on(q, phase_gate(-std::f64::consts::FRAC_PI_2)),
        Op::T(q) => on(q, phase_gate(std::f64::consts::FRAC_PI_4)),
        Op::Tdg(q) => on(q, phase_gate(-std::f64::consts::FRAC_PI_4)),
        Op::Sx(q) => on(q, sx()),
        Op::Sxdg(q) => on(q, sx() * x()),
        Op::Rx(r) => on(r.qubit, rotation(x(), r.theta)),
        Op::Ry(r) => on(r.qubit, rotation(y(), r.theta)),
        Op::Rz(r) => on(r.qubit, rotation(z(), r.theta)),
        Op::P(r) => on(r.qubit, phase_gate(r.theta)),
        Op::U(r) => on(r.qubit, u(r.theta, r.phi, r.lambda)),
        Op::Prx(r) => on(r.qubit, rotation(z(), r.phi) * rotation(x(), r.theta) * rotation(z(), -r.phi)),
        Op::Cx(p) => controlled(&[one(p.a)], on(p.b, x())),
        Op::Cy(p) => controlled(&[one(p.a)], on(p.b, y())),
        Op::Cz(p) => controlled(&[one(p.a)], on(p.b, z())),
        Op::Ch(p) => controlled(&[one(p.a)], on(p.b, h)),
        Op::Csx(p) => controlled(&[one(p.a)], on(p.b, sx())),
        Op::Swap(p) => swap(p.a, p.b),
        // exp(iπ/4·(XX + YY)), expanded.
        Op::Iswap(p) => [(id(), c(0.5)), (z(), c(0.5)), (x(), i() / 2.0), (y(), i() / 2.0)]
            .map(|(pauli, factor)| times(factor, vec![(p.a, pauli), (p.b, pauli)]))
            .to_vec(),
        Op::Ecr(p) => {
            let r = c(1.0 / 2f64.sqrt());
            vec![times(r, vec![(p.b, x())]), times(-r, vec![(p.a, x()), (p.b, y())])]
        }
        Op::Cp(r) => controlled(&[one(r.a)], on(r.b, phase_gate(r.theta))),
        Op::Crx(r) => controlled(&[one(r.a)], on(r.b, rotation(x(), r.theta))),
        Op::Cry(r) => controlled(&[one(r.a)], on(r.b, rotation(y(), r.theta))),
        Op::Crz(r) => controlled(&[one(r.a)], on(r.b, rotation(z(), r.theta))),
        Op::Rxx(r) => pauli_rotation(r.a, x(), r.b, x(), r.theta),
        Op::Ryy(r) => pauli_rotation(r.a, y(), r.b, y(), r.theta),
        Op::Rzz(r) => pauli_rotation(r.a, z(), r.b, z(), r.theta),
        Op::Rzx(r) => pauli_rotation(r.a, z(), r.b, x(), r.theta),
        Op::Cu(r) => {
            let phased = u(r.theta, r.phi, r.lambda) * (i() * r.gamma).exp();
            controlled(&[one(r.control)], on(r.target, phased))
        }
        Op::Ccx(t) => controlled(&[one(t.a), one(t.b)], on(t.c, x())),
        Op::Ccz(t) => controlled(&[one(t.a), one(t.b)], on(t.c, z())),
        Op::Cswap(t) => controlled(&[one(t.a)], swap(t.b, t.c)),
        Op::Control(_) | Op::Measure(_) | Op::Reset(_) | Op::Barrier | Op::Classical(_) => {
            panic!("{operation:?} is no gate")
        }
    }
}
