//! The most common wrong answer of all: bits in the wrong order. Asymmetric circuits only.
#![expect(clippy::unwrap_used, reason = "tests")]

use eigen_qdriver::testing::{circuit, measure, step, step_if};
use eigen_qdriver::{Gates, Operation as Op, Step};
use eigen_simulator::engine::memory::Memory;
use eigen_simulator::engine::random::Random;
use eigen_simulator::engine::run::run;
use eigen_simulator::lower::lower;

fn bitstring(gates: Gates) -> String {
    let answer = run(&lower(gates).unwrap(), 3, Random::from_seed(0), Memory::new(1 << 30), 0).unwrap();
    assert_eq!(answer.counts.len(), 1, "the outcome is certain: {:?}", answer.counts);
    answer.counts[0].0.clone()
}

/// A string of `width` zeros with a one at classical bit `clbit`: the highest bit is leftmost.
fn one_at(clbit: u32, width: u32) -> String {
    (0..width).rev().map(|bit| if bit == clbit { '1' } else { '0' }).collect()
}

/// The same measurements, with a reset at the end that forces them to be taken on the way.
fn on_the_way(steps: &[Step], qubits: u32) -> Gates {
    let forcing = [step(Op::X(qubits)), step(Op::Reset(qubits))];
    let gates = circuit(qubits + 1, steps.iter().copied().chain(forcing));
    Gates { clbits: qubits, output_bits: qubits, ..gates }
}

#[test]
fn one_x_on_each_position_shows_at_that_position() {
    for n in [5, 7] {
        for q in 0..n {
            let mut steps = vec![step(Op::X(q))];
            steps.extend((0..n).map(|qubit| measure(qubit, qubit)));
            assert_eq!(bitstring(circuit(n, steps.clone())), one_at(q, n));
            assert_eq!(bitstring(on_the_way(&steps, n)), one_at(q, n));
        }
    }
}

#[test]
fn permuted_classical_bits_show_where_they_were_written() {
    let to = [3, 0, 5, 1, 4, 2];
    for q in 0..6 {
        let mut steps = vec![step(Op::X(q))];
        steps.extend((0..6).map(|qubit| measure(qubit, to[qubit as usize])));
        assert_eq!(bitstring(circuit(6, steps.clone())), one_at(to[q as usize], 6));
        assert_eq!(bitstring(on_the_way(&steps, 6)), one_at(to[q as usize], 6));
    }
}

#[test]
fn some_qubits_into_a_wider_register_leave_the_other_bits_zero() {
    let steps = [step(Op::X(4)), step(Op::X(1)), measure(4, 6), measure(2, 0), measure(1, 3)];
    assert_eq!(bitstring(Gates { clbits: 9, output_bits: 8, ..circuit(5, steps) }), "01001000");
}

#[test]
fn several_registers_one_above_the_other_keep_their_places() {
    // Register a: bits 0 to 2, b: bits 3 to 6. a = 0b011, b = 0b1001.
    let ones = [0, 1, 3, 6];
    let mut steps: Vec<Step> = ones.into_iter().map(|q| step(Op::X(q))).collect();
    steps.extend((0..7).rev().map(|qubit| measure(qubit, qubit)));
    assert_eq!(bitstring(circuit(7, steps)), "1001011");
}

#[test]
fn a_condition_reads_the_bit_it_names() {
    for q in 0..5 {
        let mut steps = vec![step(Op::X(q))];
        steps.extend((0..5).map(|qubit| measure(qubit, qubit)));
        // Qubit 5 + b is turned if bit b is set.
        steps.extend((0..5).map(|bit| step_if(bit, true, Op::X(5 + bit))));
        steps.extend((5..10).map(|qubit| measure(qubit, qubit)));
        assert_eq!(bitstring(circuit(10, steps)), one_at(q, 5).repeat(2));
    }
}

#[test]
fn bitstrings_of_4096_bits_work() {
    let steps = [step(Op::X(0)), measure(0, 4095), measure(1, 17), measure(0, 2)];
    let wide = bitstring(Gates { clbits: 4096, output_bits: 4096, ..circuit(2, steps) });
    assert_eq!(wide.len(), 4096);
    let ones: Vec<usize> =
        wide.chars().rev().enumerate().filter(|(_, c)| *c == '1').map(|(i, _)| i).collect();
    assert_eq!(ones, [2, 4095]);
}
