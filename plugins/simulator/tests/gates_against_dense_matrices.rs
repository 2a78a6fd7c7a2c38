//! Every gate, alone and in random circuits, against full matrices.
#![expect(clippy::unwrap_used, reason = "tests")]

mod reference;

use eigen_qdriver::testing::circuit;
use eigen_qdriver::{Observable, Pauli, PauliFactor, PauliTerm, Step};
use eigen_simulator::engine::memory::Memory;
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::{final_state, run};
use eigen_simulator::lower::lower;
use num_complex::Complex64;
use reference::matrix::{c, dense, inner, times, x, y, z, zero_state};
use reference::matrix_of;
use reference::random_circuit::{KINDS, angle, controls, gate, number, shuffled, steps};

const TOLERANCE: f64 = 1e-12;

/// A random circuit as steps, and its final state by matrices.
struct Sample {
    n: u32,
    steps: Vec<Step>,
    state: Vec<Complex64>,
}

impl Sample {
    fn empty(n: u32) -> Self {
        Self { n, steps: Vec::new(), state: zero_state(n) }
    }

    fn push(&mut self, kind: usize, random: &mut Random, with_controls: bool) {
        let qubits = shuffled(random, self.n);
        let (operation, taken) = gate(kind, &qubits, random);
        let controls = if with_controls { controls(&qubits[taken..], random) } else { Vec::new() };
        self.state = matrix_of(&operation, &controls, self.n).apply(&self.state);
        self.steps.extend(steps(operation, &controls));
    }

    /// max |difference| between the engine's amplitudes and the matrices'.
    fn error(&self) -> f64 {
        let state = final_state(&lower(circuit(self.n, self.steps.clone())).unwrap()).unwrap();
        let differences = self.state.iter().enumerate().map(|(i, a)| (a - state.amplitude(i)).norm());
        differences.fold(0.0, f64::max)
    }
}

/// Dense and without symmetry, so that no mistake can hide.
fn scrambled(n: u32, random: &mut Random) -> Sample {
    let mut sample = Sample::empty(n);
    for _ in 0..2 * n {
        sample.push(15, random, false);
        sample.push(33, random, false);
    }
    sample
}

#[test]
fn each_gate_alone_acts_as_its_matrix_on_any_qubits_in_any_order() {
    for kind in 0..KINDS {
        let mut random = Random::from_seed(kind as u64);
        for _ in 0..12 {
            let mut sample = scrambled(4, &mut random);
            sample.push(kind, &mut random, false);
            assert!(
                sample.error() < TOLERANCE,
                "kind {kind}: {} in {:?}",
                sample.error(),
                sample.steps.last()
            );
        }
    }
}

#[test]
fn each_gate_under_further_controls_acts_only_where_they_hold() {
    for kind in 0..KINDS {
        let mut random = Random::from_seed(1000 + kind as u64);
        for _ in 0..8 {
            let mut sample = scrambled(5, &mut random);
            sample.push(kind, &mut random, true);
            assert!(
                sample.error() < TOLERANCE,
                "kind {kind}: {} in {:?}",
                sample.error(),
                sample.steps.last()
            );
        }
    }
}

#[test]
fn random_circuits_of_all_gates_match_up_to_seven_qubits() {
    for n in 3..=7 {
        for seed in 0..4 {
            let mut random = Random::from_seed(u64::from(n) << 8 | seed);
            let mut sample = Sample::empty(n);
            for _ in 0..60 {
                let kind = number(&mut random, KINDS);
                sample.push(kind, &mut random, true);
            }
            assert!(sample.error() < TOLERANCE, "{n} qubits, seed {seed}: {}", sample.error());
        }
    }
}

#[test]
fn a_circuit_of_every_gate_matches_on_eight_qubits() {
    let mut random = Random::from_seed(8);
    let mut sample = Sample::empty(8);
    for kind in (0..KINDS).chain((0..KINDS).rev()) {
        sample.push(kind, &mut random, true);
    }
    assert!(sample.error() < TOLERANCE, "{}", sample.error());
}

#[test]
fn small_circuits_of_one_and_two_qubits_match() {
    let mut random = Random::from_seed(12);
    for (n, kinds) in [(1, 17), (2, 34)] {
        let mut sample = Sample::empty(n);
        for kind in 0..kinds {
            sample.push(kind, &mut random, true);
        }
        assert!(sample.error() < TOLERANCE, "{n} qubits: {}", sample.error());
    }
}

#[test]
fn expectation_values_match_those_of_matrices() {
    let mut random = Random::from_seed(31);
    for n in [2, 5] {
        let sample = scrambled(n, &mut random);
        let mut gates = circuit(n, sample.steps.clone());
        let mut expected = Vec::new();
        for name in 0..20 {
            let mut terms = Vec::new();
            let mut value = 0.0;
            for _ in 0..3 {
                let count = number(&mut random, n as usize + 1);
                let paulis: Vec<_> = shuffled(&mut random, n)[..count]
                    .iter()
                    .map(|&qubit| (qubit, [Pauli::X, Pauli::Y, Pauli::Z][number(&mut random, 3)]))
                    .collect();
                let coefficient = angle(&mut random);
                let matrices = paulis.iter().map(|&(qubit, pauli)| match pauli {
                    Pauli::X => (qubit, x()),
                    Pauli::Y => (qubit, y()),
                    Pauli::Z => (qubit, z()),
                });
                let matrix = dense(&[times(c(coefficient), matrices.collect())], n);
                value += inner(&sample.state, &matrix.apply(&sample.state)).re;
                let factors = paulis.iter().map(|&(qubit, pauli)| PauliFactor { qubit, pauli }).collect();
                terms.push(PauliTerm { coefficient, factors });
            }
            gates.observables.push(Observable { name: name.to_string(), terms });
            expected.push(value);
        }
        let lowered = lower(gates).unwrap();
        let answer = run(&lowered, 1, Random::from_seed(0), Memory::new(1 << 30), 0).unwrap();
        for (expected, value) in expected.iter().zip(&answer.expectations) {
            assert!((expected - value).abs() < 1e-11, "{value} is not {expected}");
        }
    }
}
