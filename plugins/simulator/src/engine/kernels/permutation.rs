//! Gates that only move amplitudes, with factors of at most ±i: not one multiplication.

use num_complex::Complex64;

use super::for_each_pair;
use crate::engine::gate::Controls;
use crate::engine::real::Real;
use crate::engine::state::State;

/// X on the qubit `bit`.
pub fn flip<T: Real>(state: &mut State<T>, on: Controls, bit: usize) {
    for_each_pair(state, on.mask | bit, [on.value, on.value | bit], |a, b| (b, a));
}

/// Y on the qubit `bit`: |0⟩ → i|1⟩, |1⟩ → −i|0⟩.
pub fn flip_y<T: Real>(state: &mut State<T>, on: Controls, bit: usize) {
    for_each_pair(state, on.mask | bit, [on.value, on.value | bit], |a, b| (-times_i(b), times_i(a)));
}

/// Exchanges two qubits.
pub fn swap<T: Real>(state: &mut State<T>, on: Controls, [a, b]: [usize; 2]) {
    for_each_pair(state, on.mask | a | b, unequal(on, a, b), |x, y| (y, x));
}

/// Exchanges two qubits with a factor i where they differ.
pub fn iswap<T: Real>(state: &mut State<T>, on: Controls, [a, b]: [usize; 2]) {
    for_each_pair(state, on.mask | a | b, unequal(on, a, b), |x, y| (times_i(y), times_i(x)));
}

/// The two values in which qubits `a` and `b` differ, the lower first.
fn unequal(on: Controls, a: usize, b: usize) -> [usize; 2] {
    [on.value | a.min(b), on.value | a.max(b)]
}

fn times_i(a: Complex64) -> Complex64 {
    Complex64::new(-a.im, a.re)
}
