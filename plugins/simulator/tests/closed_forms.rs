//! Circuits whose answers are known by heart.
#![expect(clippy::unwrap_used, reason = "tests")]

mod reference;

use std::f64::consts::PI;

use eigen_qdriver::testing::{circuit, measure, step, step_if};
use eigen_qdriver::{Gates, Measurement, Operation as Op, Pair, PairRotation, Pauli, Rotation, Step};
use eigen_simulator::engine::memory::Memory;
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::{final_state, run};
use eigen_simulator::lower::lower;
use num_complex::Complex64;
use reference::random_circuit::angle;

fn counts(gates: Gates, shots: u64) -> Vec<(String, u64)> {
    run(&lower(gates).unwrap(), shots, Random::from_seed(5), Memory::new(1 << 30), 0).unwrap().counts
}

fn only(bits: &str, shots: u64) -> Vec<(String, u64)> {
    vec![(bits.into(), shots)]
}

fn cx(a: u32, b: u32) -> Step {
    step(Op::Cx(Pair { a, b }))
}

fn measure_in(basis: Pauli, qubit: u32, clbit: u32) -> Step {
    step(Op::Measure(Measurement { qubit, clbit, basis }))
}

#[test]
fn a_bell_pair_agrees_on_every_shot_and_is_fair() {
    let gates = circuit(2, [step(Op::H(0)), cx(0, 1), measure(0, 0), measure(1, 1)]);
    let counts = counts(gates, 10_000);
    let keys: Vec<&str> = counts.iter().map(|(bits, _)| bits.as_str()).collect();
    assert_eq!(keys, ["00", "11"]);
    assert_eq!(counts[0].1 + counts[1].1, 10_000);
    assert!(counts[0].1.abs_diff(5000) < 250, "{counts:?}");
}

#[test]
fn a_ghz_state_of_eighteen_qubits_is_all_zeros_or_all_ones() {
    let n = 18;
    let chain = (1..n).map(|q| cx(q - 1, q));
    let steps = [step(Op::H(0))].into_iter().chain(chain).chain((0..n).map(|q| measure(q, q)));
    let counts = counts(circuit(n, steps), 1000);
    assert_eq!(counts.len(), 2);
    assert_eq!((counts[0].0.as_str(), counts[1].0.as_str()), (&*"0".repeat(18), &*"1".repeat(18)));
}

#[test]
fn a_rotation_by_theta_gives_a_one_with_probability_sin_squared_of_half() {
    for theta in [0.3, PI / 3.0, 2.0, 3.0] {
        let one = (theta / 2.0).sin().powi(2);
        for rotation in [Op::Rx(Rotation { qubit: 0, theta }), Op::Ry(Rotation { qubit: 0, theta })] {
            let state = final_state(&lower(circuit(1, [step(rotation)])).unwrap()).unwrap();
            assert!((state.amplitude(1).norm_sqr() - one).abs() < 1e-15);
        }
    }
}

#[test]
fn the_fourier_transform_of_a_basis_state_has_the_textbook_phases() {
    let n = 5;
    for input in [0usize, 1, 6, 13, 31] {
        let mut steps: Vec<Step> = (0..n).filter(|q| input >> q & 1 == 1).map(|q| step(Op::X(q))).collect();
        for target in (0..n).rev() {
            steps.push(step(Op::H(target)));
            for control in 0..target {
                let theta = PI / f64::from(1 << (target - control));
                steps.push(step(Op::Cp(PairRotation { a: control, b: target, theta })));
            }
        }
        steps.extend((0..n / 2).map(|q| step(Op::Swap(Pair { a: q, b: n - 1 - q }))));
        let state = final_state(&lower(circuit(n, steps)).unwrap()).unwrap();
        for k in 0..32 {
            let expected = Complex64::cis(2.0 * PI * (input * k) as f64 / 32.0) / 32f64.sqrt();
            assert!((state.amplitude(k) - expected).norm() < 1e-14, "input {input}, output {k}");
        }
    }
}

#[test]
fn teleportation_with_conditions_carries_any_state_over() {
    let mut random = Random::from_seed(2);
    for _ in 0..10 {
        let (theta, lambda) = (angle(&mut random), angle(&mut random));
        let prepare = [Op::Ry(Rotation { qubit: 0, theta }), Op::Rz(Rotation { qubit: 0, theta: lambda })];
        let undo =
            [Op::Rz(Rotation { qubit: 2, theta: -lambda }), Op::Ry(Rotation { qubit: 2, theta: -theta })];
        let mut steps: Vec<Step> = prepare.map(step).to_vec();
        steps.extend([step(Op::H(1)), cx(1, 2), cx(0, 1), step(Op::H(0)), measure(0, 0), measure(1, 1)]);
        steps.extend([step_if(1, true, Op::X(2)), step_if(0, true, Op::Z(2))]);
        steps.extend(undo.map(step));
        steps.push(measure(2, 2));
        let counts = counts(circuit(3, steps), 500);
        assert_eq!(counts.len(), 4, "all four corrections occur: {counts:?}");
        assert!(counts.iter().all(|(bits, _)| bits.starts_with('0')), "the state came back: {counts:?}");
    }
}

#[test]
fn a_reset_brings_a_qubit_to_zero_from_any_state_and_leaves_its_partner_mixed() {
    let steps = [step(Op::H(0)), cx(0, 1), step(Op::Reset(0)), measure(0, 0), measure(1, 1)];
    let counts = counts(circuit(2, steps), 4000);
    let keys: Vec<&str> = counts.iter().map(|(bits, _)| bits.as_str()).collect();
    assert_eq!(keys, ["00", "10"]);
    assert!(counts[0].1.abs_diff(2000) < 160);
}

#[test]
fn a_reset_qubit_can_be_used_again() {
    let steps =
        [step(Op::X(0)), measure(0, 0), step(Op::Reset(0)), measure(0, 1), step(Op::X(0)), measure(0, 2)];
    assert_eq!(counts(Gates { clbits: 3, output_bits: 3, ..circuit(1, steps) }, 50), only("101", 50));
}

#[test]
fn eigenstates_of_each_pauli_are_certain_in_its_basis() {
    // |−⟩ = H|1⟩, |+i⟩ = S H|0⟩, |−i⟩ = S† H|0⟩.
    let minus = vec![step(Op::X(0)), step(Op::H(0))];
    let plus_i = vec![step(Op::H(0)), step(Op::S(0))];
    let minus_i = vec![step(Op::H(0)), step(Op::Sdg(0))];
    let cases = [
        (vec![step(Op::H(0))], Pauli::X, "0"),
        (minus, Pauli::X, "1"),
        (plus_i, Pauli::Y, "0"),
        (minus_i, Pauli::Y, "1"),
        (vec![], Pauli::Z, "0"),
        (vec![step(Op::X(0))], Pauli::Z, "1"),
    ];
    for (mut steps, basis, bit) in cases {
        steps.push(measure_in(basis, 0, 0));
        assert_eq!(counts(circuit(1, steps.clone()), 100), only(bit, 100), "{basis:?} at the end");
        // Again: the first measurement is now mid-circuit, and leaves the eigenstate as it was.
        steps.push(step(Op::Id(0)));
        steps.extend([step(Op::Z(0)), step(Op::Z(0)), measure_in(basis, 0, 1)]);
        let gates = Gates { clbits: 2, output_bits: 2, ..circuit(1, steps) };
        assert_eq!(counts(gates, 100), only(&bit.repeat(2), 100), "{basis:?} on the way");
    }
}

#[test]
fn measuring_in_another_basis_destroys_what_was_known() {
    let steps = [measure_in(Pauli::X, 0, 0), measure_in(Pauli::Z, 0, 1), measure_in(Pauli::Z, 0, 2)];
    let counts = counts(Gates { clbits: 3, output_bits: 3, ..circuit(1, steps) }, 4000);
    assert_eq!(counts.len(), 4, "X and the first Z are coins, the second Z repeats the first: {counts:?}");
    assert!(counts.iter().all(|(bits, _)| bits[0..1] == bits[1..2]));
    assert!(counts.iter().all(|(_, count)| count.abs_diff(1000) < 150));
}

#[test]
fn the_last_measurement_into_a_bit_wins_and_unmeasured_bits_are_zero() {
    let steps = [step(Op::X(0)), measure(0, 1), measure(1, 1), measure(0, 0)];
    assert_eq!(counts(Gates { clbits: 4, output_bits: 4, ..circuit(2, steps) }, 7), only("0001", 7));
    assert_eq!(counts(circuit(3, [step(Op::X(1))]), 7), only("000", 7));
    assert_eq!(counts(Gates { clbits: 0, output_bits: 0, ..circuit(1, []) }, 7), only("", 7));
}
