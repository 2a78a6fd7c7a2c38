//! Seeds and shots: reproducible, fair, and of a cost that follows the outcomes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod reference;

use std::collections::BTreeMap;

use eigen_qdriver::testing::{circuit, measure, step, step_if};
use eigen_qdriver::{Gates, Operation as Op, Pair, Rotation};
use eigen_simulator::engine::memory::{Memory, RESERVE, state_bytes};
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::{RunError, run};
use eigen_simulator::lower::lower;
use reference::statistics::assert_follows;

fn counts(gates: &Gates, shots: u64, seed: u64) -> Vec<(String, u64)> {
    run(&lower(gates.clone()).unwrap(), shots, Random::from_seed(seed), Memory::new(1 << 30), 0)
        .unwrap()
        .counts
}

/// Each qubit turned by an angle of its own and measured: independent bits with known chances.
fn independent(n: u32) -> (Gates, BTreeMap<String, f64>) {
    let theta = |q: u32| 0.4 + 0.7 * f64::from(q);
    let turns = (0..n).map(|q| step(Op::Ry(Rotation { qubit: q, theta: theta(q) })));
    let gates = circuit(n, turns.chain((0..n).map(|q| measure(q, q))));
    let chance = |outcome: u32| -> f64 {
        let of_bit = |q| {
            let one = (theta(q) / 2.0).sin().powi(2);
            if outcome >> q & 1 == 1 { one } else { 1.0 - one }
        };
        (0..n).map(of_bit).product()
    };
    let exact =
        (0..1 << n).map(|outcome| (format!("{outcome:0width$b}", width = n as usize), chance(outcome)));
    (gates, exact.collect())
}

/// A circuit that branches: a coin decides what is done next, twice.
fn branching() -> Gates {
    let turn = |qubit, theta| Op::Ry(Rotation { qubit, theta });
    let steps = vec![
        step(Op::H(0)),
        measure(0, 0),
        step_if(0, true, turn(1, 1.1)),
        step(Op::Reset(0)),
        measure(1, 1),
        step_if(1, false, turn(0, 0.8)),
        step(Op::Cx(Pair { a: 0, b: 1 })),
        measure(0, 2),
        measure(1, 3),
    ];
    Gates { clbits: 4, output_bits: 4, ..circuit(2, steps) }
}

fn as_text(counts: &[(String, u64)]) -> String {
    counts.iter().map(|(bits, count)| format!("{bits}:{count}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn these_counts_belong_to_these_seeds_for_good() {
    // If this fails, results that users have stored can no longer be reproduced: do not adapt the
    // numbers, find out what changed.
    let (gates, _) = independent(3);
    assert_eq!(
        as_text(&counts(&gates, 1000, 42)),
        "000:279 001:7 010:118 011:6 100:415 101:16 110:152 111:7"
    );
    assert_eq!(as_text(&counts(&branching(), 1000, 42)), "0000:406 0001:317 1011:127 1100:78 1101:72");
    assert_eq!(as_text(&counts(&gates, 5, 0)), "000:1 100:4");
}

#[test]
fn the_same_seed_gives_the_same_counts_and_another_seed_others() {
    for gates in [independent(6).0, branching()] {
        assert_eq!(counts(&gates, 5000, 1), counts(&gates, 5000, 1));
        assert_ne!(counts(&gates, 5000, 1), counts(&gates, 5000, 2));
    }
}

#[test]
fn counts_follow_the_chances_for_any_number_of_shots() {
    for (n, shots) in [(1, 100_000), (4, 300), (8, 1_000_000), (10, 20_000)] {
        let (gates, exact) = independent(n);
        for seed in 0..5 {
            let counts = counts(&gates, shots, seed);
            assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), shots);
            assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "each bitstring stands once, in order");
            assert_follows(&counts, &exact, &format!("{n} qubits, {shots} shots, seed {seed}"));
        }
    }
}

#[test]
fn single_shots_with_consecutive_seeds_follow_the_chances_too() {
    let (gates, exact) = independent(3);
    let mut sums = BTreeMap::new();
    for seed in 0..20_000 {
        for (bits, count) in counts(&gates, 1, seed) {
            *sums.entry(bits).or_insert(0) += count;
        }
    }
    assert_follows(&sums.into_iter().collect::<Vec<_>>(), &exact, "one shot a seed");
}

#[test]
fn unmeasured_qubits_are_summed_out_wherever_they_lie() {
    let (mut gates, exact) = independent(6);
    gates.steps.retain(|step| !matches!(step.operation, Op::Measure(_)));
    gates.steps.extend([measure(4, 0), measure(1, 1), measure(2, 2)]);
    gates.clbits = 3;
    gates.output_bits = 3;
    let mut marginal = BTreeMap::new();
    for (bits, chance) in exact {
        let bit = |q: usize| &bits[5 - q..6 - q];
        *marginal.entry([bit(2), bit(1), bit(4)].concat()).or_insert(0.0) += chance;
    }
    assert_follows(&counts(&gates, 100_000, 9), &marginal, "three of six qubits");
}

#[test]
fn a_trillion_shots_of_few_outcomes_cost_no_more_than_a_thousand() {
    let (gates, _) = independent(4);
    let shots = 1_000_000_000_000;
    assert_eq!(counts(&gates, shots, 3).iter().map(|(_, count)| count).sum::<u64>(), shots);
    assert_eq!(counts(&branching(), shots, 3).iter().map(|(_, count)| count).sum::<u64>(), shots);
}

#[test]
fn an_answer_that_does_not_fit_into_memory_is_refused() {
    let n = 18;
    let gates = circuit(n, (0..n).map(|q| step(Op::H(q))).chain((0..n).map(|q| measure(q, q))));
    let lowered = lower(gates).unwrap();
    let memory = Memory::new(RESERVE + state_bytes(n));
    assert!(run(&lowered, 1000, Random::from_seed(0), memory, 0).is_ok());
    let error = run(&lowered, 10_000_000, Random::from_seed(0), memory, 0).unwrap_err();
    assert!(matches!(error, RunError::TooManyOutcomes(_)), "{error}");
}
