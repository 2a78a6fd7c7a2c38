//! A unitary as the state sees it: a kernel, and the controls under which it acts.
//!
//! The many gates of the interface come down to nine kernels, told apart by how they touch the
//! state: those that only multiply (diagonal), those that only move amplitudes (permutations) and
//! those that mix two of them. A control never costs: the kernel just runs over fewer indices.

use num_complex::Complex64;

use super::kernels::{dense, diagonal, permutation};
use super::real::Real;
use super::state::State;

/// Which basis states a gate acts on: those whose index i has `i & mask == value`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Controls {
    /// The controlling qubits, one bit each.
    pub mask: usize,
    /// The values they must have; a subset of `mask`.
    pub value: usize,
}

impl Controls {
    /// These controls and one more.
    #[must_use]
    pub fn and(self, qubit: u32, active_on: bool) -> Self {
        let bit = 1 << qubit;
        Self { mask: self.mask | bit, value: self.value | if active_on { bit } else { 0 } }
    }
}

/// What happens to the amplitudes; qubits are given as their bit in the state's index.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the fields are the qubits and the numbers of the formula above them")]
pub enum Kernel {
    /// All selected amplitudes times a phase. Z, S, T, P: the target is one more control.
    Phase(Complex64),
    /// diag(zero, one) on one qubit.
    Diagonal { bit: usize, zero: Complex64, one: Complex64 },
    /// diag(even, odd, odd, even) on two qubits.
    Parity { bits: [usize; 2], even: Complex64, odd: Complex64 },
    /// X.
    Flip { bit: usize },
    /// Y: a flip with factors ±i.
    FlipY { bit: usize },
    /// Exchanges two qubits, with a factor i on |01⟩ and |10⟩ if `imaginary` (iSWAP).
    Swap { bits: [usize; 2], imaginary: bool },
    /// A real 2×2 matrix, row by row.
    Real { bit: usize, matrix: [f64; 4] },
    /// A complex 2×2 matrix, row by row.
    Dense { bit: usize, matrix: [Complex64; 4] },
    /// cos·I − i·sin·P for a Pauli string P that pairs up the basis states of its qubits (X, XX,
    /// YY, ZX): in each pair, both amplitudes get `cos` of themselves and −i·`sin` of the other.
    PauliRotation { bits: usize, cos: f64, pairs: [Option<Pair>; 2] },
}

/// Two basis states that a Pauli string exchanges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one with the lower index.
    pub low: usize,
    /// The other.
    pub high: usize,
    /// The sine, with the sign that the string gives to this pair.
    pub sin: f64,
}

/// A kernel under controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Where it acts.
    pub controls: Controls,
    /// What it does.
    pub kernel: Kernel,
}

impl Gate {
    /// A mask of all qubits that it touches, controls included.
    #[must_use]
    pub fn qubits(&self) -> usize {
        self.controls.mask
            | match self.kernel {
                Kernel::Phase(_) => 0,
                Kernel::Diagonal { bit, .. }
                | Kernel::Flip { bit }
                | Kernel::FlipY { bit }
                | Kernel::Real { bit, .. }
                | Kernel::Dense { bit, .. } => bit,
                Kernel::Parity { bits: [a, b], .. } | Kernel::Swap { bits: [a, b], .. } => a | b,
                Kernel::PauliRotation { bits, .. } => bits,
            }
    }

    /// Applies it to `state`, in place: the plain way, to which all others are held.
    pub fn apply<T: Real>(&self, state: &mut State<T>) {
        state.touched |= self.qubits();
        let on = self.controls;
        match self.kernel {
            Kernel::Phase(phase) => diagonal::phase(state, on, phase),
            Kernel::Diagonal { bit, zero, one } => diagonal::diagonal(state, on, bit, zero, one),
            Kernel::Parity { bits, even, odd } => diagonal::parity(state, on, bits, even, odd),
            Kernel::Flip { bit } => permutation::flip(state, on, bit),
            Kernel::FlipY { bit } => permutation::flip_y(state, on, bit),
            Kernel::Swap { bits, imaginary: false } => permutation::swap(state, on, bits),
            Kernel::Swap { bits, imaginary: true } => permutation::iswap(state, on, bits),
            Kernel::Real { bit, matrix } => dense::real(state, on, bit, matrix),
            Kernel::Dense { bit, matrix } => dense::dense(state, on, bit, matrix),
            Kernel::PauliRotation { bits, cos, pairs } => {
                for Pair { low, high, sin } in pairs.into_iter().flatten() {
                    dense::rotate(state, on, bits, [low, high], cos, sin);
                }
            }
        }
    }
}
