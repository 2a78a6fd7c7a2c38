//! The gates that Amazon Braket's dialect of OpenQASM 3 has without any include.
//!
//! They are known only to programs that include nothing, since the language itself has no such names. Some are
//! those of `stdgates.inc` under other names; the rest is defined by the matrices in Braket's documentation,
//! exactly, global phases included, because a control would make these count.

use std::f64::consts::{FRAC_PI_2, PI};

use super::{Body, Build, Gate, Library};
use crate::program::Operation as Op;

const fn gate(name: &'static str, angles: usize, qubits: usize, body: Body) -> Gate {
    Gate { name, angles, qubits, library: Library::Braket, body }
}

const fn one(name: &'static str, angles: usize, qubits: usize, build: Build) -> Gate {
    gate(name, angles, qubits, Body::One(build))
}

/// A phase on |00⟩.
const PHASE_00: &[Build] = &[
    |_, [a, ..]| Op::X(a),
    |_, [_, b, ..]| Op::X(b),
    |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta },
    |_, [_, b, ..]| Op::X(b),
    |_, [a, ..]| Op::X(a),
];

/// A phase on |01⟩, the first qubit being 0.
const PHASE_01: &[Build] =
    &[|_, [a, ..]| Op::X(a), |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }, |_, [a, ..]| Op::X(a)];

/// A phase on |10⟩, the first qubit being 1.
const PHASE_10: &[Build] =
    &[|_, [_, b, ..]| Op::X(b), |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }, |_, [_, b, ..]| Op::X(b)];

/// A swap, and a phase where the qubits differ.
const PSWAP: &[Build] = &[
    |_, [a, b, ..]| Op::Swap(a, b),
    |[theta, ..], [qubit, ..]| Op::P { qubit, theta },
    |[theta, ..], [_, qubit, ..]| Op::P { qubit, theta },
    |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta: -2.0 * theta },
];

/// exp(iθ(XX + YY)/4)
const XY: &[Build] = &[
    |[theta, ..], [a, b, ..]| Op::Rxx { a, b, theta: -theta / 2.0 },
    |[theta, ..], [a, b, ..]| Op::Ryy { a, b, theta: -theta / 2.0 },
];

/// exp(-iθ GPi(φ₀)⊗GPi(φ₁)/2), where GPi(φ) = Rz(φ) X Rz(-φ).
const MS: &[Build] = &[
    |[phi, ..], [qubit, ..]| Op::Rz { qubit, theta: -phi },
    |[_, phi, ..], [_, qubit, ..]| Op::Rz { qubit, theta: -phi },
    |[_, _, theta, _], [a, b, ..]| Op::Rxx { a, b, theta },
    |[phi, ..], [qubit, ..]| Op::Rz { qubit, theta: phi },
    |[_, phi, ..], [_, qubit, ..]| Op::Rz { qubit, theta: phi },
];

/// All of them, sorted by name.
#[rustfmt::skip]
pub(super) const GATES: [Gate; 21] = [
    one("ccnot", 0, 3, |_, [a, b, c, ..]| Op::Ccx(a, b, c)),
    one("cnot", 0, 2, |_, [a, b, ..]| Op::Cx(a, b)),
    one("cphaseshift", 1, 2, |[theta, ..], [a, b, ..]| Op::Cp { a, b, theta }),
    gate("cphaseshift00", 1, 2, Body::Sequence(PHASE_00)),
    gate("cphaseshift01", 1, 2, Body::Sequence(PHASE_01)),
    gate("cphaseshift10", 1, 2, Body::Sequence(PHASE_10)),
    one("cv", 0, 2, |_, [a, b, ..]| Op::Csx(a, b)),
    one("gpi", 1, 1, |[phi, ..], [qubit, ..]| Op::U { qubit, theta: PI, phi, lambda: PI - phi }),
    one("gpi2", 1, 1, |[phi, ..], [qubit, ..]| Op::Prx { qubit, theta: FRAC_PI_2, phi }),
    one("i", 0, 1, |_, [q, ..]| Op::Id(q)),
    gate("ms", 3, 2, Body::Sequence(MS)),
    one("phaseshift", 1, 1, |[theta, ..], [qubit, ..]| Op::P { qubit, theta }),
    gate("pswap", 1, 2, Body::Sequence(PSWAP)),
    one("si", 0, 1, |_, [q, ..]| Op::Sdg(q)),
    one("ti", 0, 1, |_, [q, ..]| Op::Tdg(q)),
    one("v", 0, 1, |_, [q, ..]| Op::Sx(q)),
    one("vi", 0, 1, |_, [q, ..]| Op::Sxdg(q)),
    one("xx", 1, 2, |[theta, ..], [a, b, ..]| Op::Rxx { a, b, theta }),
    gate("xy", 1, 2, Body::Sequence(XY)),
    one("yy", 1, 2, |[theta, ..], [a, b, ..]| Op::Ryy { a, b, theta }),
    one("zz", 1, 2, |[theta, ..], [a, b, ..]| Op::Rzz { a, b, theta }),
];
