//! Clifford circuits: the tableau against exact distributions of the plain path, and at sizes of its own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod reference;

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;

use eigen_qdriver::testing::{circuit, host, measure, request, step, step_if};
use eigen_qdriver::{
    Driver, ExecutionResult, Gates, Measurement, Operation as Op, Outcome, Pair, PairRotation, Pauli,
    Rotation, Step, U3, property,
};
use eigen_simulator::Simulator;
use eigen_simulator::engine::memory::{Memory, RESERVE};
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::run;
use eigen_simulator::engine::stabilizer;
use eigen_simulator::lower::clifford::{DENSE_UP_TO, clifford};
use eigen_simulator::lower::lower;
use reference::random_circuit::{number, shuffled};
use reference::statistics::assert_follows;

/// More qubits than the state vector keeps for itself; those beyond `of` stay idle.
const WIDTH: u32 = DENSE_UP_TO + 1;

fn random_clifford(of: u32, gates: usize, random: &mut Random) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..gates {
        let qubits = shuffled(random, of);
        let (a, b) = (qubits[0], qubits[1]);
        let (q, pair) = (a, Pair { a, b });
        let mut theta = || FRAC_PI_2 * (number(random, 9) as f64 - 4.0);
        let turn = |theta| PairRotation { a, b, theta };
        let one = |theta| Rotation { qubit: q, theta };
        let all = [
            Op::H(q),
            Op::S(q),
            Op::Sdg(q),
            Op::X(q),
            Op::Y(q),
            Op::Z(q),
            Op::Sx(q),
            Op::Sxdg(q),
            Op::Rx(one(theta())),
            Op::Ry(one(theta())),
            Op::Rz(one(theta())),
            Op::P(one(theta())),
            Op::U(U3 { qubit: q, theta: theta(), phi: theta(), lambda: theta() }),
            Op::Prx(eigen_qdriver::PhasedRotation { qubit: q, theta: theta(), phi: theta() }),
            Op::Cx(pair),
            Op::Cy(pair),
            Op::Cz(pair),
            Op::Swap(pair),
            Op::Iswap(pair),
            Op::Ecr(pair),
            Op::Rxx(turn(theta())),
            Op::Ryy(turn(theta())),
            Op::Rzz(turn(theta())),
            Op::Rzx(turn(theta())),
            Op::Cp(turn(2.0 * theta())),
            Op::H(q),
            Op::Cx(pair),
            Op::Cx(pair),
        ];
        steps.push(step(all[number(random, all.len())]));
    }
    steps
}

fn by_tableau(gates: &Gates, shots: u64, seed: u64) -> Vec<(String, u64)> {
    let circuit = clifford(gates).unwrap_or_else(|| panic!("not recognised: {:?}", gates.steps));
    stabilizer::run(&circuit, shots, &mut Random::from_seed(seed), Memory::new(1 << 30), 0).unwrap().counts
}

/// The distribution by the state vector, from many shots: chances are multiples of a power of two here.
fn exact(gates: &Gates) -> BTreeMap<String, f64> {
    let shots = 1u64 << 40;
    let lowered = lower(gates.clone()).unwrap();
    let counts = run(&lowered, shots, Random::from_seed(99), Memory::new(1 << 30), 0).unwrap().counts;
    counts.into_iter().map(|(bits, count)| (bits, count as f64 / shots as f64)).collect()
}

#[test]
fn random_clifford_circuits_have_the_distribution_of_the_state_vector() {
    for seed in 0..60 {
        let mut random = Random::from_seed(seed);
        let mut steps = random_clifford(5, 60, &mut random);
        steps.extend((0..5).map(|q| {
            let basis = [Pauli::X, Pauli::Y, Pauli::Z][number(&mut random, 3)];
            step(Op::Measure(Measurement { qubit: q, clbit: q, basis }))
        }));
        let gates = Gates { clbits: 5, output_bits: 5, ..circuit(WIDTH, steps) };
        assert_follows(&by_tableau(&gates, 4000, seed), &exact(&gates), &format!("seed {seed}"));
    }
}

#[test]
fn measurements_resets_and_corrections_on_the_way_have_the_distribution_of_the_state_vector() {
    for seed in 0..60 {
        let mut random = Random::from_seed(1000 + seed);
        let mut steps = Vec::new();
        for round in 0..4 {
            steps.extend(random_clifford(4, 15, &mut random));
            let q = number(&mut random, 4) as u32;
            steps.push(measure(q, round));
            steps.push(step_if(round, seed % 2 == 0, Op::Y((q + 1) % 4)));
            steps.push(step(Op::Reset((q + 2) % 4)));
        }
        steps.extend((0..4).map(|q| measure(q, 4 + q)));
        let gates = Gates { clbits: 8, output_bits: 8, ..circuit(WIDTH, steps) };
        assert_follows(&by_tableau(&gates, 4000, seed), &exact(&gates), &format!("seed {seed}"));
    }
}

fn executed(gates: Gates, shots: u64) -> ExecutionResult {
    let mut driver = Simulator::default();
    driver.handshake(host((1 << 30) + RESERVE)).unwrap();
    let request = eigen_qdriver::Request { shots, seed: Some(4), ..request("sim:local", gates) };
    match driver.execute(request).unwrap() {
        Outcome::Done(result) => result,
        Outcome::Pending(_) => panic!("a simulator answers at once"),
    }
}

#[test]
fn a_ghz_state_of_a_thousand_qubits_is_all_zeros_or_all_ones_and_says_how_it_was_found() {
    let n = 1000;
    let chain = (1..n).map(|q| step(Op::Cx(Pair { a: q - 1, b: q })));
    let gates = circuit(n, [step(Op::H(0))].into_iter().chain(chain).chain((0..n).map(|q| measure(q, q))));
    let result = executed(gates, 10_000);
    let keys: Vec<&str> = result.counts.iter().map(|(bits, _)| bits.as_str()).collect();
    assert_eq!(keys, ["0".repeat(1000), "1".repeat(1000)]);
    assert!(result.counts[0].1.abs_diff(5000) < 250);
    assert_eq!(property(&result.metadata, "method"), Some("stabilizer"));
}

#[test]
fn a_circuit_and_its_inverse_on_five_hundred_qubits_come_back_to_zero() {
    let n = 500;
    let mut random = Random::from_seed(5);
    let mut steps = Vec::new();
    for _ in 0..5000 {
        let qubits = (number(&mut random, n as usize) as u32, number(&mut random, n as usize) as u32);
        steps.push(match (number(&mut random, 3), qubits) {
            (0, (q, _)) => Op::H(q),
            (1, (q, _)) => Op::Z(q),
            (_, (a, b)) if a != b => Op::Cz(Pair { a, b }),
            (_, (q, _)) => Op::Y(q),
        });
    }
    let back: Vec<Op> = steps.iter().rev().copied().collect();
    let all = steps.into_iter().chain(back).map(step).chain((0..n).map(|q| measure(q, q)));
    assert_eq!(executed(circuit(n, all), 100).counts, [("0".repeat(500), 100)]);
}

#[test]
fn one_gate_beyond_the_group_takes_the_state_vector() {
    let t = circuit(WIDTH, [step(Op::H(0)), step(Op::T(0)), measure(0, 0)]);
    assert_eq!(property(&executed(t, 10).metadata, "method"), Some("statevector"));
    let s = circuit(WIDTH, [step(Op::H(0)), step(Op::S(0)), measure(0, 0)]);
    assert_eq!(property(&executed(s, 10).metadata, "method"), Some("stabilizer"));
}
