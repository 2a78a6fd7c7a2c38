//! What the engine runs: gates already reduced to kernels, measurements, resets and bit logic.
//!
//! Invariant: every index is in range and the qubits of one step are distinct. `lower` is the
//! only producer and checks both; nothing behind this point checks again.

use super::gate::Gate;

/// A circuit over `qubits` qubits (all |0⟩ at first) and `clbits` classical bits (all 0).
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    /// Number of qubits, few enough for a state to fit into memory.
    pub qubits: u32,
    /// Number of classical bits, scratch bits included.
    pub clbits: u32,
    /// How many classical bits, from index 0, make up a bitstring.
    pub output_bits: u32,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Observables whose expectation values are asked for.
    pub observables: Vec<Observable>,
}

/// One action, done only if its guard holds.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The condition, if there is one.
    pub guard: Option<Guard>,
    /// What to do.
    pub action: Action,
}

impl Step {
    /// The gate, if it is one.
    #[must_use]
    pub fn gate(&self) -> Option<Gate> {
        match self.action {
            Action::Gate(gate) => Some(gate),
            _ => None,
        }
    }
}

/// A condition on one classical bit.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// The bit looked at.
    pub clbit: u32,
    /// The value for which the step is done.
    pub value: bool,
}

/// What a step does.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// Applies a unitary.
    Gate(Gate),
    /// Measures a qubit in the eigenbasis of a Pauli; bit 0 is the eigenvalue +1.
    Measure {
        /// The qubit, which collapses.
        qubit: u32,
        /// The classical bit written.
        clbit: u32,
        /// The Pauli measured.
        basis: Pauli,
    },
    /// Brings a qubit to |0⟩.
    Reset(u32),
    /// Computes a classical bit.
    Classical(ClassicalOp),
}

/// A Pauli operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pauli {
    /// σx
    X,
    /// σy
    Y,
    /// σz
    Z,
}

/// A classical step on single bits.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are the destination and the operands of the formula above them")]
pub enum ClassicalOp {
    /// dst = value
    Set { dst: u32, value: bool },
    /// dst = src
    Copy { dst: u32, src: u32 },
    /// dst = ¬src
    Not { dst: u32, src: u32 },
    /// dst = a ∧ b
    And { dst: u32, a: u32, b: u32 },
    /// dst = a ∨ b
    Or { dst: u32, a: u32, b: u32 },
    /// dst = a ⊕ b
    Xor { dst: u32, a: u32, b: u32 },
}

/// A named sum of Pauli strings.
#[derive(Debug, Clone)]
pub struct Observable {
    /// The name under which its value is reported.
    pub name: String,
    /// The terms added up.
    pub terms: Vec<PauliTerm>,
}

/// A coefficient times a Pauli string, as masks over the qubits.
#[derive(Debug, Clone, Copy)]
pub struct PauliTerm {
    /// The factor in front.
    pub coefficient: f64,
    /// Qubits with X or Y.
    pub x_mask: usize,
    /// Qubits with Z or Y.
    pub z_mask: usize,
}
