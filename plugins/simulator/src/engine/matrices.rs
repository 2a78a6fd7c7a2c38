//! The gates' definitions: from names and angles to kernels.
//!
//! Angles in radians, `R_P(θ) = exp(−iθP/2) = cos(θ/2)·I − i·sin(θ/2)·P`. Sources: the specification of
//! `OpenQASM` 3.0 and its `stdgates.inc`; Nielsen and Chuang, "Quantum Computation and Quantum
//! Information", chapter 4.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

use num_complex::Complex64;

use super::circuit::Pauli;
use super::gate::{Kernel, Pair};

const I: Complex64 = Complex64::new(0.0, 1.0);

/// e^{iθ}
#[must_use]
pub fn phase(theta: f64) -> Complex64 {
    Complex64::cis(theta)
}

/// e^{iπ/4}, the phase of T.
pub const EIGHTH_TURN: Complex64 = Complex64::new(FRAC_1_SQRT_2, FRAC_1_SQRT_2);

/// H.
#[must_use]
pub fn h(qubit: u32) -> Kernel {
    let r = FRAC_1_SQRT_2;
    Kernel::Real { bit: 1 << qubit, matrix: [r, r, r, -r] }
}

/// √X = ½((1+i)·I + (1−i)·X), whose square is exactly X.
#[must_use]
pub fn sx(qubit: u32) -> Kernel {
    let (same, other) = (Complex64::new(0.5, 0.5), Complex64::new(0.5, -0.5));
    Kernel::Dense { bit: 1 << qubit, matrix: [same, other, other, same] }
}

/// The inverse of [`sx`].
#[must_use]
pub fn sxdg(qubit: u32) -> Kernel {
    let (same, other) = (Complex64::new(0.5, -0.5), Complex64::new(0.5, 0.5));
    Kernel::Dense { bit: 1 << qubit, matrix: [same, other, other, same] }
}

/// RX(θ).
#[must_use]
pub fn rx(qubit: u32, theta: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    let bit = 1 << qubit;
    Kernel::PauliRotation { bits: bit, cos, pairs: [Some(Pair { low: 0, high: bit, sin }), None] }
}

/// RY(θ), a real rotation.
#[must_use]
pub fn ry(qubit: u32, theta: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    Kernel::Real { bit: 1 << qubit, matrix: [cos, -sin, sin, cos] }
}

/// RZ(θ) = diag(e^{−iθ/2}, e^{iθ/2}).
#[must_use]
pub fn rz(qubit: u32, theta: f64) -> Kernel {
    Kernel::Diagonal { bit: 1 << qubit, zero: phase(-theta / 2.0), one: phase(theta / 2.0) }
}

/// e^{iγ}·U(θ, φ, λ), with U = [[cos, −e^{iλ} sin], [e^{iφ} sin, e^{i(φ+λ)} cos]] of θ/2 as
/// `OpenQASM` 3.0 defines it (no e^{iθ/2} in front: that matters once it is controlled).
#[must_use]
pub fn u(qubit: u32, theta: f64, phi: f64, lambda: f64, gamma: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    // Products of phases, not phases of sums: a sum of finite angles may be infinite.
    let (gamma, phi, lambda) = (phase(gamma), phase(phi), phase(lambda));
    Kernel::Dense {
        bit: 1 << qubit,
        matrix: [gamma * cos, -(gamma * lambda * sin), gamma * phi * sin, gamma * phi * lambda * cos],
    }
}

/// The rotation by θ about the axis cos φ·X + sin φ·Y.
#[must_use]
pub fn prx(qubit: u32, theta: f64, phi: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    Kernel::Dense {
        bit: 1 << qubit,
        matrix: [cos.into(), -I * phase(-phi) * sin, -I * phase(phi) * sin, cos.into()],
    }
}

/// RXX(θ): XX pairs up |00⟩ with |11⟩ and |01⟩ with |10⟩.
#[must_use]
pub fn rxx(a: u32, b: u32, theta: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    two_qubit_rotation(a, b, cos, [sin, sin])
}

/// RYY(θ): as RXX, but YY gives the pair of |00⟩ and |11⟩ the sign −1.
#[must_use]
pub fn ryy(a: u32, b: u32, theta: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    two_qubit_rotation(a, b, cos, [-sin, sin])
}

fn two_qubit_rotation(a: u32, b: u32, cos: f64, [equal, unequal]: [f64; 2]) -> Kernel {
    let (a, b) = (1 << a, 1 << b);
    Kernel::PauliRotation {
        bits: a | b,
        cos,
        pairs: [
            Some(Pair { low: 0, high: a | b, sin: equal }),
            Some(Pair { low: a.min(b), high: a.max(b), sin: unequal }),
        ],
    }
}

/// RZZ(θ) = e^{−iθ/2} where the bits are equal, e^{iθ/2} where not.
#[must_use]
pub fn rzz(a: u32, b: u32, theta: f64) -> Kernel {
    Kernel::Parity { bits: [1 << a, 1 << b], even: phase(-theta / 2.0), odd: phase(theta / 2.0) }
}

/// RZX(θ) = `exp(−iθ·Z_a X_b/2)`: RX(θ) on b where a is 0, RX(−θ) where a is 1.
#[must_use]
pub fn rzx(a: u32, b: u32, theta: f64) -> Kernel {
    let (sin, cos) = (theta / 2.0).sin_cos();
    let (a, b) = (1 << a, 1 << b);
    Kernel::PauliRotation {
        bits: a | b,
        cos,
        pairs: [Some(Pair { low: 0, high: b, sin }), Some(Pair { low: a, high: a | b, sin: -sin })],
    }
}

/// ECR = `(I_a X_b − X_a Y_b)/√2 = X_b · exp(−iπ/4·Z_b X_a)`, because `X_b Y_b = i Z_b`. The
/// rotation comes first.
#[must_use]
pub fn ecr(a: u32, b: u32) -> [Kernel; 2] {
    [rzx(b, a, FRAC_PI_2), Kernel::Flip { bit: 1 << b }]
}

/// A rotation that turns the eigenbasis of `basis` into that of Z, eigenvalue +1 into |0⟩: H for X,
/// H·S† for Y, nothing for Z.
#[must_use]
pub fn into_z(qubit: u32, basis: Pauli) -> Kernel {
    let r = Complex64::from(FRAC_1_SQRT_2);
    match basis {
        Pauli::X => h(qubit),
        Pauli::Y => Kernel::Dense { bit: 1 << qubit, matrix: [r, -I * r, r, I * r] },
        Pauli::Z => Kernel::Phase(1.0.into()),
    }
}
