//! The state vector: 2ⁿ complex amplitudes, kept as separate real and imaginary parts.
//!
//! In double or single precision. Split parts let the compiler use vector instructions for any kernel without
//! shuffles, and keep each allocation at 8·2ⁿ bytes or half of that: a 32-bit guest may not allocate 2 GiB in one
//! piece, so that interleaved amplitudes in double precision would end at 26 qubits.

use num_complex::Complex64;

use super::memory::TooLarge;
use super::real::Real;

/// Amplitudes of n qubits; bit i of an index is qubit i.
#[derive(Debug, Default)]
pub struct State<T> {
    /// Real parts.
    pub re: Vec<T>,
    /// Imaginary parts, of the same length.
    pub im: Vec<T>,
    /// The qubits that may have been changed; all others are |0⟩.
    pub touched: usize,
}

impl<T: Real> State<T> {
    /// |0…0⟩ of `qubits` qubits. The caller has compared the size with its memory; an allocator that
    /// refuses nevertheless is an error, not an abort.
    pub fn zero(qubits: u32) -> Result<Self, TooLarge> {
        let mut state = Self { re: allocate(qubits)?, im: allocate(qubits)?, touched: 0 };
        state.re[0] = T::of(1.0);
        Ok(state)
    }

    /// The number of amplitudes.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.re.len()
    }

    /// The amplitude of the basis state `index`.
    #[must_use]
    pub fn amplitude(&self, index: usize) -> Complex64 {
        Complex64::new(self.re[index].double(), self.im[index].double())
    }

    /// Overwrites this state with another one of the same size.
    pub fn copy_from(&mut self, other: &Self) {
        self.re.copy_from_slice(&other.re);
        self.im.copy_from_slice(&other.im);
        self.touched = other.touched;
    }

    /// Back to |0…0⟩.
    pub fn clear(&mut self) {
        self.re.fill(T::default());
        self.im.fill(T::default());
        self.re[0] = T::of(1.0);
        self.touched = 0;
    }

    /// A copy, unless the allocator refuses.
    pub fn try_clone(&self) -> Option<Self> {
        let copy = |part: &[T]| {
            let mut copy = Vec::new();
            copy.try_reserve_exact(part.len()).ok()?;
            copy.extend_from_slice(part);
            Some(copy)
        };
        Some(Self { re: copy(&self.re)?, im: copy(&self.im)?, touched: self.touched })
    }
}

fn allocate<T: Real>(qubits: u32) -> Result<Vec<T>, TooLarge> {
    let refused = TooLarge { qubits };
    let dim = 1usize.checked_shl(qubits).ok_or(refused)?;
    let mut part = Vec::new();
    part.try_reserve_exact(dim).map_err(|_| refused)?;
    part.resize(dim, T::default());
    Ok(part)
}
