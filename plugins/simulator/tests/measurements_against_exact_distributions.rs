//! Circuits with measurements anywhere, resets, conditions and logic: counts against the exact
//! distribution, and the two ways of running them against each other.
#![expect(clippy::unwrap_used, reason = "tests")]

mod reference;

use eigen_qdriver::testing::{circuit, measure, step};
use eigen_qdriver::{
    BitCopy, BitPair, BitSet, ClassicalOp, Gates, Guard, Measurement, Observable, Operation as Op, Pauli,
    PauliFactor, PauliTerm, Step,
};
use eigen_simulator::engine::memory::{Memory, RESERVE, state_bytes};
use eigen_simulator::engine::plan::Plan;
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::{Answer, run};
use eigen_simulator::lower::lower;
use reference::dynamics::distribution;
use reference::random_circuit::{KINDS, gate, number, shuffled};
use reference::statistics::assert_follows;

fn answer(gates: &Gates, shots: u64, seed: u64) -> Answer {
    run(&lower(gates.clone()).unwrap(), shots, Random::from_seed(seed), Memory::new(1 << 30), 0).unwrap()
}

fn basis(random: &mut Random) -> Pauli {
    [Pauli::X, Pauli::Y, Pauli::Z][number(random, 3)]
}

/// Three qubits, five bits of which four are shown, steps of every kind but `control`.
fn anything(random: &mut Random, length: usize) -> Gates {
    let mut steps = Vec::new();
    for _ in 0..length {
        let q = shuffled(random, 3);
        let mut bit = || number(random, 5) as u32;
        let (dst, a, b) = (bit(), bit(), bit());
        let operation = match number(random, 12) {
            0..=5 => {
                let kind = number(random, KINDS);
                gate(kind, &q, random).0
            }
            6..=8 => Op::Measure(Measurement { qubit: q[0], clbit: dst, basis: basis(random) }),
            9 => Op::Reset(q[0]),
            10 => Op::Barrier,
            _ => Op::Classical(match number(random, 6) {
                0 => ClassicalOp::Set(BitSet { dst, value: random.unit() < 0.5 }),
                1 => ClassicalOp::Copy(BitCopy { dst, src: a }),
                2 => ClassicalOp::Not(BitCopy { dst, src: a }),
                3 => ClassicalOp::And(BitPair { dst, a, b }),
                4 => ClassicalOp::Or(BitPair { dst, a, b }),
                _ => ClassicalOp::Xor(BitPair { dst, a, b }),
            }),
        };
        let guard = (random.unit() < 0.3).then(|| Guard { clbit: a, value: random.unit() < 0.5 });
        steps.push(Step { operation, guard });
    }
    Gates { clbits: 5, output_bits: 4, ..circuit(3, steps) }
}

#[test]
fn random_circuits_with_everything_in_any_order_follow_their_exact_distribution() {
    let mut branching = 0;
    for seed in 0..300 {
        let mut random = Random::from_seed(seed);
        let gates = anything(&mut random, 2 + seed as usize % 24);
        let lowered = lower(gates.clone()).unwrap();
        branching += usize::from(!Plan::of(&lowered).live.is_empty());
        let counts = answer(&gates, 20_000, seed).counts;
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 20_000);
        assert_follows(&counts, &distribution(&gates), &format!("seed {seed}"));
    }
    assert!((150..=295).contains(&branching), "both ways of running should be met: {branching} branch");
}

#[test]
fn random_circuits_measured_at_the_end_in_any_basis_follow_their_exact_distribution() {
    for seed in 0..40 {
        let mut random = Random::from_seed(500 + seed);
        let mut gates = circuit(5, []);
        for _ in 0..25 {
            let q = shuffled(&mut random, 5);
            let kind = number(&mut random, KINDS);
            gates.steps.push(step(gate(kind, &q, &mut random).0));
        }
        let clbits = shuffled(&mut random, 5);
        let measured = 1 + number(&mut random, 5);
        for (&qubit, &clbit) in shuffled(&mut random, 5)[..measured].iter().zip(&clbits) {
            let basis = basis(&mut random);
            gates.steps.push(step(Op::Measure(Measurement { qubit, clbit, basis })));
        }
        assert!(Plan::of(&lower(gates.clone()).unwrap()).live.is_empty());
        assert_follows(&answer(&gates, 50_000, seed).counts, &distribution(&gates), &format!("seed {seed}"));
    }
}

/// The same physics, but a reset of an idle qubit at the end forces all measurements to be live.
fn forced_to_branch(gates: &Gates) -> Gates {
    let mut forced = gates.clone();
    forced.qubits += 1;
    let idle = gates.qubits;
    forced.steps.extend([step(Op::X(idle)), step(Op::Reset(idle))]);
    forced
}

#[test]
fn sampling_at_the_end_and_collapsing_on_the_way_give_the_same_distribution() {
    for seed in 0..20 {
        let mut random = Random::from_seed(900 + seed);
        let mut gates = circuit(4, []);
        for _ in 0..15 {
            let q = shuffled(&mut random, 4);
            let kind = number(&mut random, KINDS);
            gates.steps.push(step(gate(kind, &q, &mut random).0));
        }
        for qubit in 0..4 {
            let basis = basis(&mut random);
            gates.steps.push(step(Op::Measure(Measurement { qubit, clbit: 3 - qubit, basis })));
        }
        let exact = distribution(&gates);
        let forced = forced_to_branch(&gates);
        assert_eq!(Plan::of(&lower(forced.clone()).unwrap()).tail.len(), 0);
        assert_follows(&answer(&gates, 30_000, seed).counts, &exact, &format!("at the end, seed {seed}"));
        assert_follows(&answer(&forced, 30_000, seed).counts, &exact, &format!("on the way, seed {seed}"));
    }
}

#[test]
fn how_much_memory_there_is_for_copies_never_changes_an_answer() {
    for seed in 0..20 {
        let gates = anything(&mut Random::from_seed(40 + seed), 60);
        let lowered = lower(gates).unwrap();
        let with = |copies: u64| {
            // Beside the reserve's own room, which would hold many states of three qubits: a
            // pretended circuit that fills it up.
            let memory = Memory::new(RESERVE + (1 + copies) * state_bytes(3));
            let filler = RESERVE - (4 << 20) - 64 * 1024;
            run(&lowered, 300, Random::from_seed(seed), memory, filler).unwrap()
        };
        let plenty = run(&lowered, 300, Random::from_seed(seed), Memory::new(1 << 30), 0).unwrap();
        for copies in [0, 1, 2, 5] {
            assert_eq!(with(copies), plenty, "seed {seed}, {copies} copies");
        }
    }
}

#[test]
fn expectation_values_after_mid_circuit_events_are_the_mean_over_the_final_states() {
    // |+⟩ measured, then turned by RY(2π/3) if the bit is 1: ⟨Z⟩ is 1 or −cos(2π/3) = ½.
    let turn = Op::Ry(eigen_qdriver::Rotation { qubit: 0, theta: 2.0 * std::f64::consts::FRAC_PI_3 });
    let mut gates = circuit(1, [step(Op::H(0)), measure(0, 0)]);
    gates.steps.push(eigen_qdriver::testing::step_if(0, true, turn));
    let factors = vec![PauliFactor { qubit: 0, pauli: Pauli::Z }];
    gates.observables =
        vec![Observable { name: "z".into(), terms: vec![PauliTerm { coefficient: 1.0, factors }] }];
    let answer = answer(&gates, 1000, 3);
    let ones = answer.counts.iter().find(|(bits, _)| bits == "1").unwrap().1 as f64 / 1000.0;
    assert!((answer.expectations[0] - ((1.0 - ones) + ones * 0.5)).abs() < 1e-12);
}

#[test]
fn final_measurements_do_not_collapse_the_state_whose_expectation_is_asked_for() {
    let mut gates = circuit(1, [step(Op::H(0)), measure(0, 0)]);
    let factors = vec![PauliFactor { qubit: 0, pauli: Pauli::X }];
    gates.observables =
        vec![Observable { name: "x".into(), terms: vec![PauliTerm { coefficient: 1.0, factors }] }];
    assert!((answer(&gates, 10, 0).expectations[0] - 1.0).abs() < 1e-15);
}
