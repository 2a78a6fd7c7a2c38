//! Gates taken to pieces: 2×2 matrices under controls, and phases.
//!
//! Every kernel of [`Gate`] is a product of a few of these, so that fusion has two kinds to think about. The
//! identities: SWAP = CX·CX·CX with exchanged roles in the middle, where alone further controls are needed;
//! iSWAP = SWAP and a factor i where the bits differ; a rotation about XX or YY becomes, between two CX, one
//! about X whose angle depends on the other qubit.

use num_complex::Complex64;

use super::gate::{Controls, Gate, Kernel};

/// A 2×2 matrix, row by row.
pub type Matrix2 = [Complex64; 4];

const ZERO: Complex64 = Complex64::new(0.0, 0.0);
const ONE: Complex64 = Complex64::new(1.0, 0.0);
const FLIP: Matrix2 = [ZERO, ONE, ONE, ZERO];

/// One piece of a gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Primitive {
    /// A matrix on the qubit `bit`.
    One {
        /// The qubit, as its bit.
        bit: usize,
        /// Where it acts.
        on: Controls,
        /// What it does.
        matrix: Matrix2,
    },
    /// A phase that depends on the basis state.
    Diagonal(Factor),
}

/// A diagonal gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// Where it acts; elsewhere it is 1.
    pub on: Controls,
    /// The qubits whose parity chooses between the phases.
    pub parity: usize,
    /// The phase for even parity.
    pub even: Complex64,
    /// The phase for odd parity.
    pub odd: Complex64,
}

impl Factor {
    /// The factor of the basis state `index`.
    #[must_use]
    pub fn at(&self, index: usize) -> Complex64 {
        if index & self.on.mask != self.on.value {
            ONE
        } else if (index & self.parity).count_ones() & 1 == 0 {
            self.even
        } else {
            self.odd
        }
    }

    /// All qubits on which it depends.
    #[must_use]
    pub fn qubits(&self) -> usize {
        self.on.mask | self.parity
    }
}

impl Primitive {
    /// All qubits that it touches.
    #[must_use]
    pub fn qubits(&self) -> usize {
        match self {
            Self::One { bit, on, .. } => bit | on.mask,
            Self::Diagonal(factor) => factor.qubits(),
        }
    }

    /// Hands the pieces of `gate`, in order, to `take`.
    pub fn of(gate: &Gate, mut take: impl FnMut(Self)) {
        let on = gate.controls;
        let one = |bit, on, matrix| Self::One { bit, on, matrix };
        match gate.kernel {
            // A phase where one qubit has a value is a matrix on that qubit.
            Kernel::Phase(phase) if on.mask.is_power_of_two() => {
                let matrix = if on.value == 0 { [phase, ZERO, ZERO, ONE] } else { [ONE, ZERO, ZERO, phase] };
                take(one(on.mask, Controls::default(), matrix));
            }
            Kernel::Phase(phase) => take(Self::Diagonal(Factor { on, parity: 0, even: phase, odd: phase })),
            Kernel::Diagonal { bit, zero, one: odd } if on.mask == 0 => {
                take(one(bit, on, [zero, ZERO, ZERO, odd]))
            }
            Kernel::Diagonal { bit, zero, one } => {
                take(Self::Diagonal(Factor { on, parity: bit, even: zero, odd: one }));
            }
            Kernel::Parity { bits: [a, b], even, odd } => {
                take(Self::Diagonal(Factor { on, parity: a | b, even, odd }));
            }
            Kernel::Flip { bit } => take(one(bit, on, FLIP)),
            Kernel::FlipY { bit } => take(one(bit, on, [ZERO, -Complex64::I, Complex64::I, ZERO])),
            Kernel::Swap { bits: [a, b], imaginary } => {
                let outer = one(b, Controls { mask: a, value: a }, FLIP);
                take(outer);
                take(one(a, Controls { mask: on.mask | b, value: on.value | b }, FLIP));
                take(outer);
                if imaginary {
                    take(Self::Diagonal(Factor { on, parity: a | b, even: ONE, odd: Complex64::I }));
                }
            }
            Kernel::Real { bit, matrix } => take(one(bit, on, matrix.map(Complex64::from))),
            Kernel::Dense { bit, matrix } => take(one(bit, on, matrix)),
            Kernel::PauliRotation { bits, cos, pairs } => {
                let turn = |sin: f64| {
                    let (same, other) = (Complex64::from(cos), Complex64::new(0.0, -sin));
                    [same, other, other, same]
                };
                let flips = pairs[0].map_or(0, |pair| pair.low ^ pair.high);
                let target = 1 << flips.trailing_zeros();
                let partner = bits & !target;
                // After this flip, partners of a pair differ in the target alone.
                let aligned = one(flips & !target, Controls { mask: target, value: target }, FLIP);
                let align = flips != target;
                if align {
                    take(aligned);
                }
                match pairs {
                    [Some(first), Some(second)] if first.sin == second.sin => {
                        take(one(target, on, turn(first.sin)))
                    }
                    _ => {
                        for pair in pairs.into_iter().flatten() {
                            let low =
                                if align && pair.low & target != 0 { pair.low ^ partner } else { pair.low };
                            let value = on.value | low & partner;
                            take(one(target, Controls { mask: on.mask | partner, value }, turn(pair.sin)));
                        }
                    }
                }
                if align {
                    take(aligned);
                }
            }
        }
    }
}
