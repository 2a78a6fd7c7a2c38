//! Fused, blocked, vectorised: the same amplitudes as gate by gate.
#![expect(clippy::unwrap_used, reason = "tests")]

mod reference;

use eigen_qdriver::testing::circuit;
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::{final_state, plain_final_state};
use eigen_simulator::lower::lower;
use reference::random_circuit::{KINDS, controls, gate, number, shuffled, steps};

/// max |difference| between the two paths after a random circuit of the given kinds of gates.
fn difference(n: u32, gates: usize, kinds: &[usize], seed: u64) -> f64 {
    let mut random = Random::from_seed(seed);
    let mut all = Vec::new();
    for _ in 0..gates {
        let qubits = shuffled(&mut random, n);
        let (operation, taken) = gate(kinds[number(&mut random, kinds.len())], &qubits, &mut random);
        let under = if random.unit() < 0.1 { controls(&qubits[taken..], &mut random) } else { Vec::new() };
        all.extend(steps(operation, &under));
    }
    let lowered = lower(circuit(n, all)).unwrap();
    let (fast, plain) = (final_state(&lowered).unwrap(), plain_final_state(&lowered).unwrap());
    (0..1 << n).map(|i| (fast.amplitude(i) - plain.amplitude(i)).norm()).fold(0.0, f64::max)
}

#[test]
fn random_circuits_of_all_gates_give_the_amplitudes_of_the_plain_path() {
    let all: Vec<usize> = (0..KINDS).collect();
    for n in 4..=11 {
        for seed in 0..40 {
            let difference = difference(n, 80, &all, seed);
            assert!(difference < 1e-12, "{n} qubits, seed {seed}: {difference}");
        }
    }
}

#[test]
fn states_of_many_blocks_give_the_amplitudes_of_the_plain_path() {
    let all: Vec<usize> = (0..KINDS).collect();
    for n in 13..=16 {
        for seed in 0..6 {
            let difference = difference(n, 200, &all, seed);
            assert!(difference < 1e-12, "{n} qubits, seed {seed}: {difference}");
        }
    }
}

#[test]
fn circuits_rich_in_diagonal_gates_give_the_amplitudes_of_the_plain_path() {
    for n in [9, 15] {
        for seed in 0..10 {
            let difference = difference(n, 150, &[4, 13, 17, 25, 25, 31, 31, 35], seed);
            assert!(difference < 1e-12, "{n} qubits, seed {seed}: {difference}");
        }
    }
}

#[test]
fn gates_on_few_of_many_qubits_pass_over_what_is_still_zero() {
    // The highest qubits first, then the lowest: most blocks hold zeros for long.
    for seed in 0..5 {
        assert!(difference(17, 12, &[4, 15, 17, 22, 33], seed) < 1e-12, "seed {seed}");
    }
}
