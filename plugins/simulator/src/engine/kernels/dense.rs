//! Gates that mix two amplitudes.

use num_complex::Complex64;

use super::for_each_pair;
use crate::engine::gate::Controls;
use crate::engine::real::Real;
use crate::engine::state::State;

/// A complex 2×2 matrix, row by row, on the qubit `bit`.
pub fn dense<T: Real>(state: &mut State<T>, on: Controls, bit: usize, [m00, m01, m10, m11]: [Complex64; 4]) {
    for_each_pair(state, on.mask | bit, [on.value, on.value | bit], |a, b| {
        (m00 * a + m01 * b, m10 * a + m11 * b)
    });
}

/// A real 2×2 matrix, row by row, on the qubit `bit`: half the multiplications.
pub fn real<T: Real>(state: &mut State<T>, on: Controls, bit: usize, [m00, m01, m10, m11]: [f64; 4]) {
    for_each_pair(state, on.mask | bit, [on.value, on.value | bit], |a, b| {
        (a * m00 + b * m01, a * m10 + b * m11)
    });
}

/// (a, b) ← (cos·a − i·sin·b, cos·b − i·sin·a) for the values `low` and `high` of the qubits `bits`.
pub fn rotate<T: Real>(
    state: &mut State<T>,
    on: Controls,
    bits: usize,
    [low, high]: [usize; 2],
    cos: f64,
    sin: f64,
) {
    for_each_pair(state, on.mask | bits, [on.value | low, on.value | high], |a, b| {
        let mixed = |own: Complex64, other: Complex64| {
            Complex64::new(cos * own.re + sin * other.im, cos * own.im - sin * other.re)
        };
        (mixed(a, b), mixed(b, a))
    });
}
