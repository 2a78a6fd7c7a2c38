//! What a measurement needs: how likely each eigenvalue of a Pauli is, and the collapse.
//!
//! Z splits the state into halves. For X and Y the eigenvectors of one qubit are
//! (|0⟩ ± φ*|1⟩)/√2 with φ = 1 and φ = −i, so that (a ± φb)/√2 are the amplitudes in the
//! eigenbasis. Bit 0 is the eigenvalue +1.

use num_complex::Complex64;

use super::{for_each, for_each_pair, runs};
use crate::engine::circuit::Pauli;
use crate::engine::real::Real;
use crate::engine::state::State;

/// The squared norms of the state's two parts: eigenvalue +1 (outcome 0) and −1 (outcome 1). They
/// add up to 1 but for rounding.
#[must_use]
pub fn weights<T: Real>(state: &State<T>, qubit: u32, basis: Pauli) -> [f64; 2] {
    match basis {
        Pauli::Z => sum(state, qubit, |a, b| [a.norm_sqr(), b.norm_sqr()]),
        // From the differences themselves: an outcome that cannot come has a weight of exactly 0.
        Pauli::X => sum(state, qubit, |a, b| [(a + b).norm_sqr() / 2.0, (a - b).norm_sqr() / 2.0]),
        Pauli::Y => sum(state, qubit, |a, b| {
            let b = times_minus_i(b);
            [(a + b).norm_sqr() / 2.0, (a - b).norm_sqr() / 2.0]
        }),
    }
}

/// Keeps the part of one outcome, whose squared norm is `weight`, and brings it to norm 1.
pub fn collapse<T: Real>(state: &mut State<T>, qubit: u32, basis: Pauli, one: bool, weight: f64) {
    let bit = 1 << qubit;
    if basis != Pauli::Z {
        state.touched |= bit;
    }
    let scale = 1.0 / weight.sqrt();
    let (half, sign) = (scale / 2.0, if one { -1.0 } else { 1.0 });
    match basis {
        Pauli::Z => {
            let (keep, drop) = if one { (bit, 0) } else { (0, bit) };
            for_each(state, bit, keep, |a| a * scale);
            for_each(state, bit, drop, |_| 0.0.into());
        }
        Pauli::X => for_each_pair(state, bit, [0, bit], |a, b| {
            let kept = (a + b * sign) * half;
            (kept, kept * sign)
        }),
        Pauli::Y => for_each_pair(state, bit, [0, bit], |a, b| {
            let kept = (a + times_minus_i(b) * sign) * half;
            (kept, times_minus_i(kept) * -sign)
        }),
    }
}

fn sum<T: Real>(state: &State<T>, qubit: u32, f: impl Fn(Complex64, Complex64) -> [f64; 2]) -> [f64; 2] {
    let bit = 1 << qubit;
    let (length, starts) = runs(state.dim(), bit);
    starts.flat_map(|start| start..start + length).fold([0.0; 2], |[plus, minus], i| {
        let [p, m] = f(state.amplitude(i), state.amplitude(i | bit));
        [plus + p, minus + m]
    })
}

fn times_minus_i(a: Complex64) -> Complex64 {
    Complex64::new(a.im, -a.re)
}
