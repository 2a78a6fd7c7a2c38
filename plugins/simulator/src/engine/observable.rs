//! Exact expectation values ⟨ψ|O|ψ⟩ of sums of Pauli strings.
//!
//! A Pauli string P maps |i⟩ to i^y·(−1)^{popcount(i ∧ z)} |i ⊕ x⟩, where x marks the qubits with
//! X or Y, z those with Z or Y, and y counts the Ys. So one pass over the state per term is enough.

use super::circuit::{Observable, PauliTerm};
use super::real::Real;
use super::state::State;

/// ⟨ψ|O|ψ⟩.
#[must_use]
pub fn expectation<T: Real>(state: &State<T>, observable: &Observable) -> f64 {
    observable.terms.iter().map(|term| term.coefficient * string(state, *term)).sum()
}

fn string<T: Real>(state: &State<T>, PauliTerm { x_mask, z_mask, .. }: PauliTerm) -> f64 {
    let sign = |i: usize| if (i & z_mask).count_ones() & 1 == 0 { 1.0 } else { -1.0 };
    if x_mask == 0 {
        return (0..state.dim()).map(|i| sign(i) * state.amplitude(i).norm_sqr()).sum();
    }
    // The terms of i and i ⊕ x are conjugates: count one of the two, and its real part twice.
    let once = 1 << x_mask.ilog2();
    let (ys_odd, ys_half_odd) = {
        let ys = (x_mask & z_mask).count_ones();
        (ys & 1 == 1, ys & 2 == 2)
    };
    let sum: f64 = (0..state.dim())
        .filter(|i| i & once == 0)
        .map(|i| {
            let overlap = state.amplitude(i ^ x_mask).conj() * state.amplitude(i);
            sign(i) * if ys_odd { -overlap.im } else { overlap.re }
        })
        .sum();
    if ys_half_odd { -2.0 * sum } else { 2.0 * sum }
}
