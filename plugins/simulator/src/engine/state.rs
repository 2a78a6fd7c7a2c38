//! The state vector: 2ⁿ complex amplitudes, kept as separate real and imaginary parts.
//!
//! Split parts let the compiler use vector instructions for any kernel without shuffles, and keep
//! each allocation at 8·2ⁿ bytes: a 32-bit guest may not allocate 2 GiB in one piece, so that
//! interleaved amplitudes would end at 26 qubits.

use num_complex::Complex64;

use super::memory::TooLarge;

/// Amplitudes of n qubits; bit i of an index is qubit i.
#[derive(Debug, Default)]
pub struct State {
    /// Real parts.
    pub re: Vec<f64>,
    /// Imaginary parts, of the same length.
    pub im: Vec<f64>,
}

impl State {
    /// |0…0⟩ of `qubits` qubits. The caller has compared the size with its memory; an allocator that
    /// refuses nevertheless is an error, not an abort.
    pub fn zero(qubits: u32) -> Result<Self, TooLarge> {
        let mut state = Self { re: allocate(qubits)?, im: allocate(qubits)? };
        state.re[0] = 1.0;
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
        Complex64::new(self.re[index], self.im[index])
    }

    /// Overwrites this state with another one of the same size.
    pub fn copy_from(&mut self, other: &Self) {
        self.re.copy_from_slice(&other.re);
        self.im.copy_from_slice(&other.im);
    }

    /// Back to |0…0⟩.
    pub fn clear(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
        self.re[0] = 1.0;
    }

    /// A copy, unless the allocator refuses.
    pub fn try_clone(&self) -> Option<Self> {
        let copy = |part: &[f64]| {
            let mut copy = Vec::new();
            copy.try_reserve_exact(part.len()).ok()?;
            copy.extend_from_slice(part);
            Some(copy)
        };
        Some(Self { re: copy(&self.re)?, im: copy(&self.im)? })
    }
}

fn allocate(qubits: u32) -> Result<Vec<f64>, TooLarge> {
    let refused = TooLarge { qubits };
    let dim = 1usize.checked_shl(qubits).ok_or(refused)?;
    let mut part = Vec::new();
    part.try_reserve_exact(dim).map_err(|_| refused)?;
    part.resize(dim, 0.0);
    Ok(part)
}
