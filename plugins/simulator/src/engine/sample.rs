//! Drawing all shots of a final state in one pass, in the state's own memory.
//!
//! The amplitudes become probabilities in place, the qubits that nobody looks at are summed out,
//! and then the shots are laid along the cumulative sum in increasing order: the smallest of R
//! uniform numbers over a remaining mass m lies at m·(1 − v^{1/R}) (order statistics; Devroye,
//! "Non-Uniform Random Variate Generation", 1986, chapter V.2), and how many more fall into the same
//! outcome is binomial. So the cost is one pass plus a few numbers for each *different* outcome,
//! whatever the shots. Found outcomes overwrite the probabilities already passed: no extra memory.

use super::binomial::binomial;
use super::random::Random;
use super::real::Real;
use super::state::State;

/// The different outcomes of some shots, in the memory of the state that they were drawn from.
#[derive(Debug)]
pub struct Outcomes<T> {
    state: State<T>,
    found: usize,
}

impl<T: Real> Outcomes<T> {
    /// Draws `shots` (at least 1) outcomes of the qubits in the mask `measured`, in the Z basis.
    #[must_use]
    pub fn draw(mut state: State<T>, measured: usize, shots: u64, random: &mut Random) -> Self {
        let outcomes = probabilities(&mut state, measured);
        let found = scatter(&mut state, outcomes, shots, random);
        Self { state, found }
    }

    /// How many different outcomes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found == 0
    }

    /// Each outcome and how often it came, in increasing order. Bit j of an outcome is the j-th
    /// lowest measured qubit. Never of zero shots.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        // Exact: both were put there as counts.
        self.state.re[..self.found]
            .iter()
            .zip(&self.state.im)
            .map(|(index, count)| (index.count() as usize, count.count()))
    }

    /// Gives the memory beyond the found outcomes back to the allocator.
    pub fn shrink(&mut self) {
        for part in [&mut self.state.re, &mut self.state.im] {
            part.truncate(self.found);
            part.shrink_to_fit();
        }
    }

    /// The state's memory, with useless content.
    #[must_use]
    pub fn into_state(self) -> State<T> {
        self.state
    }
}

/// Leaves the probabilities of the outcomes of the measured qubits in the first entries of
/// `state.re` and says how many they are.
fn probabilities<T: Real>(state: &mut State<T>, measured: usize) -> usize {
    for (re, im) in state.re.iter_mut().zip(&state.im) {
        *re = *re * *re + *im * *im;
    }
    let mut outcomes = state.dim();
    let qubits = outcomes.trailing_zeros();
    for qubit in (0..qubits).rev().filter(|qubit| measured & (1 << qubit) == 0) {
        outcomes /= 2;
        let below = (1 << qubit) - 1;
        for kept in 0..outcomes {
            // Reads at or beyond `kept`, so nothing is overwritten before its use.
            let zero = (kept & !below) << 1 | kept & below;
            state.re[kept] = state.re[zero] + state.re[zero | 1 << qubit];
        }
    }
    outcomes
}

/// Replaces the first `outcomes` probabilities by (outcome, count) pairs and says how many they are.
fn scatter<T: Real>(state: &mut State<T>, outcomes: usize, shots: u64, random: &mut Random) -> usize {
    let total: f64 = state.re[..outcomes].iter().map(|chance| chance.double()).sum();
    let first_of = |shots: u64, mass: f64, random: &mut Random| {
        -mass * (random.positive_unit().ln() / shots as f64).exp_m1()
    };
    let mut left = shots;
    let mut found = 0;
    let mut passed = 0.0;
    let mut next = first_of(left, total, random);
    for outcome in 0..outcomes {
        let end = passed + state.re[outcome].double();
        // The mass is added up in the same order as `total`: it gets there exactly, and the first
        // outcome to do so takes what rounding left over.
        if end > passed && (next < end || end >= total) {
            let count =
                if end >= total { left } else { 1 + binomial(random, left - 1, end - next, total - end) };
            state.re[found] = T::of_count(outcome as u64);
            state.im[found] = T::of_count(count);
            found += 1;
            left -= count;
            if left == 0 {
                break;
            }
            next = end + first_of(left, total - end, random);
        }
        passed = end;
    }
    found
}
