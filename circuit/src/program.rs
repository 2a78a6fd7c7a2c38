//! The checked program: what every front end produces and every driver form is made from.
//!
//! Invariant of a [`Program`] that left this crate: every index is in range, the qubits of one
//! operation are distinct, every angle is finite. The cases mirror `operation` in
//! `wit/types.wit` one to one, so that the host's conversion is a plain match.

pub use crate::gate_name::GateName;

/// A straight list of steps over `qubits` qubits (all |0⟩ at first) and `clbits` bits (all 0).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// Number of qubits, at least 1.
    pub qubits: u32,
    /// Number of classical bits, scratch bits included.
    pub clbits: u32,
    /// How many classical bits, from index 0, make up the answer's bitstrings: one more than the highest of
    /// them that a step writes.
    pub output_bits: u32,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Observables whose exact expectation values are asked for.
    pub observables: Vec<Observable>,
}

/// One operation, run only if its guard holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What to do.
    pub operation: Operation,
    /// The classical bit it depends on, if any.
    pub guard: Option<Guard>,
}

impl From<Operation> for Step {
    fn from(operation: Operation) -> Self {
        Self { operation, guard: None }
    }
}

/// A condition on one classical bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The bit looked at.
    pub clbit: u32,
    /// The value for which the step runs.
    pub value: bool,
}

/// A Pauli operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pauli {
    /// σx
    X,
    /// σy
    Y,
    /// σz
    Z,
}

/// A classical step on single bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in the cases' formulas")]
pub enum ClassicalOp {
    /// `dst = value`
    Set { dst: u32, value: bool },
    /// `dst = src`
    Copy { dst: u32, src: u32 },
    /// `dst = not src`
    Not { dst: u32, src: u32 },
    /// `dst = a and b`
    And { dst: u32, a: u32, b: u32 },
    /// `dst = a or b`
    Or { dst: u32, a: u32, b: u32 },
    /// `dst = a xor b`
    Xor { dst: u32, a: u32, b: u32 },
}

impl ClassicalOp {
    /// The bit that it writes.
    #[must_use]
    pub fn target(self) -> u32 {
        match self {
            Self::Set { dst, .. }
            | Self::Copy { dst, .. }
            | Self::Not { dst, .. }
            | Self::And { dst, .. }
            | Self::Or { dst, .. }
            | Self::Xor { dst, .. } => dst,
        }
    }
}

/// A named sum of Pauli terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Observable {
    /// The name under which its value is reported.
    pub name: String,
    /// The terms added up.
    pub terms: Vec<PauliTerm>,
}

/// A coefficient times a product of Paulis on distinct qubits.
#[derive(Debug, Clone, PartialEq)]
pub struct PauliTerm {
    /// The factor in front.
    pub coefficient: f64,
    /// The Paulis; none means the identity.
    pub factors: Vec<(u32, Pauli)>,
}

/// One operation; angles in radians, R_P(θ) = exp(-iθP/2), names as in OpenQASM 3's
/// `stdgates.inc` where a name stands there.
///
/// The phase of `U` and `Cu` is the one with a real first entry,
/// U(θ,φ,λ) = [[cos θ/2, -e^{iλ} sin θ/2], [e^{iφ} sin θ/2, e^{i(φ+λ)} cos θ/2]], and `Cu` controls
/// e^{iγ} U(θ,φ,λ), so that `U` equals Rz(φ) Ry(θ) Rz(λ) up to a phase and `P` equals U(0,0,λ).
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the cases are the gates' standard names, documented in wit/types.wit")]
pub enum Operation {
    Id(u32),
    X(u32),
    Y(u32),
    Z(u32),
    H(u32),
    S(u32),
    Sdg(u32),
    T(u32),
    Tdg(u32),
    Sx(u32),
    Sxdg(u32),
    Rx {
        qubit: u32,
        theta: f64,
    },
    Ry {
        qubit: u32,
        theta: f64,
    },
    Rz {
        qubit: u32,
        theta: f64,
    },
    P {
        qubit: u32,
        theta: f64,
    },
    U {
        qubit: u32,
        theta: f64,
        phi: f64,
        lambda: f64,
    },
    Prx {
        qubit: u32,
        theta: f64,
        phi: f64,
    },
    Cx(u32, u32),
    Cy(u32, u32),
    Cz(u32, u32),
    Ch(u32, u32),
    Csx(u32, u32),
    Swap(u32, u32),
    Iswap(u32, u32),
    Ecr(u32, u32),
    Cp {
        a: u32,
        b: u32,
        theta: f64,
    },
    Crx {
        a: u32,
        b: u32,
        theta: f64,
    },
    Cry {
        a: u32,
        b: u32,
        theta: f64,
    },
    Crz {
        a: u32,
        b: u32,
        theta: f64,
    },
    Rxx {
        a: u32,
        b: u32,
        theta: f64,
    },
    Ryy {
        a: u32,
        b: u32,
        theta: f64,
    },
    Rzz {
        a: u32,
        b: u32,
        theta: f64,
    },
    Rzx {
        a: u32,
        b: u32,
        theta: f64,
    },
    Cu {
        control: u32,
        target: u32,
        theta: f64,
        phi: f64,
        lambda: f64,
        gamma: f64,
    },
    Ccx(u32, u32, u32),
    Ccz(u32, u32, u32),
    Cswap(u32, u32, u32),
    /// One more control for the next gate; several in a row add up.
    Control {
        qubit: u32,
        active_on: bool,
    },
    Measure {
        qubit: u32,
        clbit: u32,
        basis: Pauli,
    },
    Reset(u32),
    Barrier,
    Classical(ClassicalOp),
}

impl Operation {
    /// The name under which a device lists this operation.
    #[must_use]
    pub fn name(&self) -> GateName {
        match self {
            Self::Id(_) => GateName::Id,
            Self::X(_) => GateName::X,
            Self::Y(_) => GateName::Y,
            Self::Z(_) => GateName::Z,
            Self::H(_) => GateName::H,
            Self::S(_) => GateName::S,
            Self::Sdg(_) => GateName::Sdg,
            Self::T(_) => GateName::T,
            Self::Tdg(_) => GateName::Tdg,
            Self::Sx(_) => GateName::Sx,
            Self::Sxdg(_) => GateName::Sxdg,
            Self::Rx { .. } => GateName::Rx,
            Self::Ry { .. } => GateName::Ry,
            Self::Rz { .. } => GateName::Rz,
            Self::P { .. } => GateName::P,
            Self::U { .. } => GateName::U,
            Self::Prx { .. } => GateName::Prx,
            Self::Cx(..) => GateName::Cx,
            Self::Cy(..) => GateName::Cy,
            Self::Cz(..) => GateName::Cz,
            Self::Ch(..) => GateName::Ch,
            Self::Csx(..) => GateName::Csx,
            Self::Swap(..) => GateName::Swap,
            Self::Iswap(..) => GateName::Iswap,
            Self::Ecr(..) => GateName::Ecr,
            Self::Cp { .. } => GateName::Cp,
            Self::Crx { .. } => GateName::Crx,
            Self::Cry { .. } => GateName::Cry,
            Self::Crz { .. } => GateName::Crz,
            Self::Rxx { .. } => GateName::Rxx,
            Self::Ryy { .. } => GateName::Ryy,
            Self::Rzz { .. } => GateName::Rzz,
            Self::Rzx { .. } => GateName::Rzx,
            Self::Cu { .. } => GateName::Cu,
            Self::Ccx(..) => GateName::Ccx,
            Self::Ccz(..) => GateName::Ccz,
            Self::Cswap(..) => GateName::Cswap,
            Self::Control { .. } => GateName::Control,
            Self::Measure { .. } => GateName::Measure,
            Self::Reset(_) => GateName::Reset,
            Self::Barrier => GateName::Barrier,
            Self::Classical(_) => GateName::Classical,
        }
    }

    /// The qubits it acts on, controls first; none for a barrier, which holds for all of them.
    pub fn qubits(&self) -> impl Iterator<Item = u32> + use<> {
        let [a, b, c] = match *self {
            Self::Id(q)
            | Self::X(q)
            | Self::Y(q)
            | Self::Z(q)
            | Self::H(q)
            | Self::S(q)
            | Self::Sdg(q)
            | Self::T(q)
            | Self::Tdg(q)
            | Self::Sx(q)
            | Self::Sxdg(q)
            | Self::Reset(q) => [Some(q), None, None],
            Self::Rx { qubit, .. }
            | Self::Ry { qubit, .. }
            | Self::Rz { qubit, .. }
            | Self::P { qubit, .. }
            | Self::U { qubit, .. }
            | Self::Prx { qubit, .. }
            | Self::Control { qubit, .. }
            | Self::Measure { qubit, .. } => [Some(qubit), None, None],
            Self::Cx(a, b)
            | Self::Cy(a, b)
            | Self::Cz(a, b)
            | Self::Ch(a, b)
            | Self::Csx(a, b)
            | Self::Swap(a, b)
            | Self::Iswap(a, b)
            | Self::Ecr(a, b)
            | Self::Cp { a, b, .. }
            | Self::Crx { a, b, .. }
            | Self::Cry { a, b, .. }
            | Self::Crz { a, b, .. }
            | Self::Rxx { a, b, .. }
            | Self::Ryy { a, b, .. }
            | Self::Rzz { a, b, .. }
            | Self::Rzx { a, b, .. } => [Some(a), Some(b), None],
            Self::Cu { control, target, .. } => [Some(control), Some(target), None],
            Self::Ccx(a, b, c) | Self::Ccz(a, b, c) | Self::Cswap(a, b, c) => [Some(a), Some(b), Some(c)],
            Self::Barrier | Self::Classical(_) => [None, None, None],
        };
        [a, b, c].into_iter().flatten()
    }

    /// The classical bits it names, to be renumbered.
    pub(crate) fn clbits_mut(&mut self) -> [Option<&mut u32>; 3] {
        match self {
            Self::Measure { clbit, .. } => [Some(clbit), None, None],
            Self::Classical(op) => match op {
                ClassicalOp::Set { dst, .. } => [Some(dst), None, None],
                ClassicalOp::Copy { dst, src } | ClassicalOp::Not { dst, src } => {
                    [Some(dst), Some(src), None]
                }
                ClassicalOp::And { dst, a, b }
                | ClassicalOp::Or { dst, a, b }
                | ClassicalOp::Xor { dst, a, b } => [Some(dst), Some(a), Some(b)],
            },
            _ => [None, None, None],
        }
    }

    /// The angles, in radians, in the order in which the gate's name takes them.
    pub fn angles(&self) -> impl Iterator<Item = f64> + use<> {
        let [a, b, c, d] = match *self {
            Self::Rx { theta, .. }
            | Self::Ry { theta, .. }
            | Self::Rz { theta, .. }
            | Self::P { theta, .. }
            | Self::Cp { theta, .. }
            | Self::Crx { theta, .. }
            | Self::Cry { theta, .. }
            | Self::Crz { theta, .. }
            | Self::Rxx { theta, .. }
            | Self::Ryy { theta, .. }
            | Self::Rzz { theta, .. }
            | Self::Rzx { theta, .. } => [Some(theta), None, None, None],
            Self::Prx { theta, phi, .. } => [Some(theta), Some(phi), None, None],
            Self::U { theta, phi, lambda, .. } => [Some(theta), Some(phi), Some(lambda), None],
            Self::Cu { theta, phi, lambda, gamma, .. } => [Some(theta), Some(phi), Some(lambda), Some(gamma)],
            _ => [None; 4],
        };
        [a, b, c, d].into_iter().flatten()
    }
}
