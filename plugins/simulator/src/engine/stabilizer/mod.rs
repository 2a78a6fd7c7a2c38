//! Clifford circuits without a state vector: thousands of qubits, and all shots from one walk.
//!
//! The state is a [`tableau`] of Pauli strings (Aaronson and Gottesman, "Improved simulation of stabilizer
//! circuits", 2004). A measurement that is not determined is a new unknown bit; from there on signs
//! and outcomes are sums (exclusive or) of unknown bits, which makes measurements, resets and corrections on the
//! way as cheap as those at the end. What is left when the circuit is through is, for every classical bit, a sum
//! of unknowns: the outcomes are the points of an affine space, all equally likely, and [`sample`] draws from it.

pub mod circuit;
pub mod sample;
pub mod tableau;

use super::circuit::ClassicalOp;
use super::memory::{Memory, TooLarge};
use super::random::Random;
use super::run::{Answer, RunError};
use super::tally::Tally;
use circuit::{Action, Circuit};
use tableau::{Sum, Tableau};

/// The most qubits of a Clifford circuit, whatever memory there is.
pub const MAX_QUBITS: u32 = 4096;

/// What a circuit takes in memory: Pauli strings, the signs' unknown bits, the outcomes' sums.
fn bytes(qubits: u64, events: u64, clbits: u64) -> u64 {
    let (rows, unknowns) = (qubits.div_ceil(64) * 8, events.div_ceil(64) * 8);
    4 * qubits * rows + events * (rows + 64) + 2 * (clbits + 1) * (unknowns + 64)
}

/// The most qubits whose state, measured once, fits into `memory`.
#[must_use]
pub fn max_qubits(memory: Memory) -> u32 {
    let fits = |qubits: u32| {
        bytes(qubits.into(), qubits.into(), qubits.into()) <= memory.free(0, super::memory::RESERVE)
    };
    // Powers of two are exact enough for a promise.
    (0..=MAX_QUBITS.ilog2()).rev().map(|power| 1 << power).find(|&qubits| fits(qubits)).unwrap_or(0)
}

/// Runs `circuit` `shots` times (at least once).
pub fn run(
    circuit: &Circuit,
    shots: u64,
    random: &mut Random,
    memory: Memory,
    circuit_bytes: u64,
) -> Result<Answer, RunError> {
    let events = circuit.steps.iter().filter(|step| step.action.is_event()).count() as u64;
    let needed = bytes(circuit.qubits.into(), events, circuit.clbits.into());
    let free = memory.free(circuit_bytes, needed);
    if circuit.qubits > MAX_QUBITS || free == 0 {
        return Err(TooLarge { qubits: circuit.qubits }.into());
    }
    let bits = walk(circuit);
    let mut tally = Tally::new(circuit.output_bits);
    let outputs = &bits[..circuit.output_bits as usize];
    sample::draw(outputs, shots, random, |bitstring, count| tally.add(bitstring, count, free))?;
    Ok(Answer { counts: tally.into_counts(), expectations: Vec::new() })
}

/// What each classical bit is in the end.
fn walk(circuit: &Circuit) -> Vec<Sum> {
    let mut tableau = Tableau::zero(circuit.qubits as usize);
    let mut bits = vec![Sum::default(); circuit.clbits as usize];
    for step in &circuit.steps {
        match step.action {
            Action::H(q) => tableau.h(q),
            Action::S(q) => tableau.s(q),
            Action::Cx(a, b) => tableau.cx(a, b),
            Action::Cz(a, b) => {
                tableau.h(b);
                tableau.cx(a, b);
                tableau.h(b);
            }
            Action::Pauli { qubit, x, z } => match step.guard {
                None => tableau.pauli(qubit, x, z, &Sum::constant(true)),
                Some(guard) => {
                    let mut when = bits[guard.clbit as usize].clone();
                    when.value ^= !guard.value;
                    tableau.pauli(qubit, x, z, &when);
                }
            },
            Action::Measure { qubit, clbit } => bits[clbit as usize] = tableau.measure(qubit),
            Action::Reset(qubit) => {
                let one = tableau.measure(qubit);
                tableau.pauli(qubit, true, false, &one);
            }
            Action::Classical(op) => compute(op, &mut bits),
        }
    }
    bits
}

fn compute(op: ClassicalOp, bits: &mut [Sum]) {
    let (dst, value) = match op {
        ClassicalOp::Set { dst, value } => (dst, Sum::constant(value)),
        ClassicalOp::Copy { dst, src } => (dst, bits[src as usize].clone()),
        ClassicalOp::Not { dst, src } => {
            let mut value = bits[src as usize].clone();
            value.value ^= true;
            (dst, value)
        }
        ClassicalOp::Xor { dst, a, b } => {
            let mut value = bits[a as usize].clone();
            value.add(&bits[b as usize]);
            (dst, value)
        }
        // Not sums: `circuit` lets none through.
        ClassicalOp::And { .. } | ClassicalOp::Or { .. } => return,
    };
    bits[dst as usize] = value;
}
