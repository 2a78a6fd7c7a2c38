//! Gates that only multiply amplitudes.

use num_complex::Complex64;

use super::{for_each, for_each_pair};
use crate::engine::gate::Controls;
use crate::engine::real::Real;
use crate::engine::state::State;

/// a ← phase·a wherever the controls hold.
pub fn phase<T: Real>(state: &mut State<T>, on: Controls, phase: Complex64) {
    for_each(state, on.mask, on.value, |a| a * phase);
}

/// diag(zero, one) on the qubit `bit`.
pub fn diagonal<T: Real>(state: &mut State<T>, on: Controls, bit: usize, zero: Complex64, one: Complex64) {
    for_each_pair(state, on.mask | bit, [on.value, on.value | bit], |a, b| (a * zero, b * one));
}

/// diag(even, odd, odd, even) on two qubits: one factor for equal bits, one for unequal ones.
pub fn parity<T: Real>(
    state: &mut State<T>,
    on: Controls,
    [a, b]: [usize; 2],
    even: Complex64,
    odd: Complex64,
) {
    diagonal(state, Controls { mask: on.mask | a, value: on.value }, b, even, odd);
    diagonal(state, Controls { mask: on.mask | a, value: on.value | a }, b, odd, even);
}
