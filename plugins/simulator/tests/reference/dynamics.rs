//! The exact distribution of bitstrings of a circuit with measurements, resets and conditions:
//! each branch followed with its projectors, as matrices.

use std::collections::BTreeMap;

use eigen_qdriver::{ClassicalOp, Gates, Operation, Pauli};
use num_complex::Complex64;

use super::matrix::{M2, c, dense, id, inner, on, x, y, z, zero_state};
use super::matrix_of;

struct Branch {
    chance: f64,
    state: Vec<Complex64>,
    bits: Vec<bool>,
}

/// Bitstrings and their probabilities. `control` steps are not covered.
pub fn distribution(gates: &Gates) -> BTreeMap<String, f64> {
    let mut branches = vec![Branch {
        chance: 1.0,
        state: zero_state(gates.qubits),
        bits: vec![false; gates.clbits as usize],
    }];
    for step in &gates.steps {
        let mut next = Vec::new();
        for branch in branches {
            let skipped = step.guard.is_some_and(|guard| branch.bits[guard.clbit as usize] != guard.value);
            if skipped {
                next.push(branch);
            } else {
                branch.take(&step.operation, gates.qubits, &mut next);
            }
        }
        branches = next;
    }
    let mut distribution = BTreeMap::new();
    for branch in branches {
        let bits = branch.bits[..gates.output_bits as usize].iter().rev();
        let bitstring: String = bits.map(|&bit| if bit { '1' } else { '0' }).collect();
        *distribution.entry(bitstring).or_insert(0.0) += branch.chance;
    }
    distribution
}

impl Branch {
    fn take(self, operation: &Operation, n: u32, next: &mut Vec<Branch>) {
        match operation {
            Operation::Barrier => next.push(self),
            Operation::Measure(m) => {
                let pauli = match m.basis {
                    Pauli::X => x(),
                    Pauli::Y => y(),
                    Pauli::Z => z(),
                };
                for one in [false, true] {
                    if let Some(mut branch) = self.project(m.qubit, pauli, one, n) {
                        branch.bits[m.clbit as usize] = one;
                        next.push(branch);
                    }
                }
            }
            Operation::Reset(qubit) => {
                for one in [false, true] {
                    if let Some(mut branch) = self.project(*qubit, z(), one, n) {
                        if one {
                            branch.state = dense(&on(*qubit, x()), n).apply(&branch.state);
                        }
                        next.push(branch);
                    }
                }
            }
            Operation::Classical(op) => {
                let mut branch = self;
                let bit = |index: u32| branch.bits[index as usize];
                let (dst, value) = match *op {
                    ClassicalOp::Set(set) => (set.dst, set.value),
                    ClassicalOp::Copy(bits) => (bits.dst, bit(bits.src)),
                    ClassicalOp::Not(bits) => (bits.dst, !bit(bits.src)),
                    ClassicalOp::And(bits) => (bits.dst, bit(bits.a) && bit(bits.b)),
                    ClassicalOp::Or(bits) => (bits.dst, bit(bits.a) || bit(bits.b)),
                    ClassicalOp::Xor(bits) => (bits.dst, bit(bits.a) != bit(bits.b)),
                };
                branch.bits[dst as usize] = value;
                next.push(branch);
            }
            gate => {
                let state = matrix_of(gate, &[], n).apply(&self.state);
                next.push(Branch { state, ..self });
            }
        }
    }

    /// The branch in which the Pauli has eigenvalue +1 (or −1), if it can happen.
    fn project(&self, qubit: u32, pauli: M2, one: bool, n: u32) -> Option<Branch> {
        let projector = (id() + pauli * c(if one { -1.0 } else { 1.0 })) * c(0.5);
        let state = dense(&on(qubit, projector), n).apply(&self.state);
        let weight = inner(&state, &state).re;
        (weight > 1e-12).then(|| Branch {
            chance: self.chance * weight,
            state: state.iter().map(|a| a / weight.sqrt()).collect(),
            bits: self.bits.clone(),
        })
    }
}
