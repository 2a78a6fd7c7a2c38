//! Clifford circuits as the tableau takes them.

use crate::engine::circuit::{ClassicalOp, Guard};

/// A circuit of Clifford gates, measurements, and bit logic that only adds.
#[derive(Debug, Default)]
pub struct Circuit {
    /// Number of qubits.
    pub qubits: u32,
    /// Number of classical bits.
    pub clbits: u32,
    /// How many classical bits, from index 0, make up a bitstring.
    pub output_bits: u32,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One action; only Pauli operators have guards.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The condition, if there is one.
    pub guard: Option<Guard>,
    /// What to do.
    pub action: Action,
}

/// What a step does, up to a global phase.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// H.
    H(u32),
    /// S.
    S(u32),
    /// CX: control, target.
    Cx(u32, u32),
    /// CZ.
    Cz(u32, u32),
    /// X, Z, or both: Y.
    Pauli {
        /// The qubit.
        qubit: u32,
        /// Whether it flips.
        x: bool,
        /// Whether it changes the sign of |1⟩.
        z: bool,
    },
    /// Measures in the Z basis.
    Measure {
        /// The qubit.
        qubit: u32,
        /// The bit written.
        clbit: u32,
    },
    /// Brings a qubit to |0⟩.
    Reset(u32),
    /// Computes a classical bit; neither `And` nor `Or`.
    Classical(ClassicalOp),
}

impl Action {
    /// Whether it looks at a qubit, and so may bring a new unknown bit.
    #[must_use]
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Measure { .. } | Self::Reset(_))
    }
}
