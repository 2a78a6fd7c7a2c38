//! The classical bits of one run, and the logic on them.

use super::circuit::{ClassicalOp, Guard};

/// Classical bits, all 0 at first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register(Vec<bool>);

impl Register {
    /// `clbits` zeros.
    #[must_use]
    pub fn zero(clbits: u32) -> Self {
        Self(vec![false; clbits as usize])
    }

    /// Writes one bit.
    pub fn set(&mut self, clbit: u32, value: bool) {
        self.0[clbit as usize] = value;
    }

    /// Whether a step with this guard is done.
    #[must_use]
    pub fn allows(&self, guard: Option<Guard>) -> bool {
        guard.is_none_or(|guard| self.get(guard.clbit) == guard.value)
    }

    /// Does one step of logic.
    pub fn compute(&mut self, op: ClassicalOp) {
        let (dst, value) = match op {
            ClassicalOp::Set { dst, value } => (dst, value),
            ClassicalOp::Copy { dst, src } => (dst, self.get(src)),
            ClassicalOp::Not { dst, src } => (dst, !self.get(src)),
            ClassicalOp::And { dst, a, b } => (dst, self.get(a) & self.get(b)),
            ClassicalOp::Or { dst, a, b } => (dst, self.get(a) | self.get(b)),
            ClassicalOp::Xor { dst, a, b } => (dst, self.get(a) ^ self.get(b)),
        };
        self.set(dst, value);
    }

    /// Overwrites these bits with those of a register of the same size.
    pub fn copy_from(&mut self, other: &Self) {
        self.0.copy_from_slice(&other.0);
    }

    /// The lowest `output_bits` bits as text, the highest of them leftmost.
    #[must_use]
    pub fn bitstring(&self, output_bits: u32) -> String {
        self.0[..output_bits as usize].iter().rev().map(|&bit| if bit { '1' } else { '0' }).collect()
    }

    fn get(&self, clbit: u32) -> bool {
        self.0[clbit as usize]
    }
}
