//! Which part of a circuit can be run once for all shots, and sampled at its end.
//!
//! A measurement can wait for the end if nothing happens to its qubit after it. The *tail* is the
//! longest end of the circuit in which that holds for every measurement and nothing depends on an
//! outcome: gates, measurements and bit logic only. What comes before is run step by step,
//! branching at each measurement and reset. An ordinary circuit is all tail.

use super::circuit::{Action, Circuit, ClassicalOp, Guard, Pauli, Step};
use super::register::Register;

/// A circuit in two parts.
#[derive(Debug)]
pub struct Plan<'c> {
    /// Run step by step, with real collapses.
    pub live: &'c [Step],
    /// Run once, then sampled; its measurements and logic are in `readout`.
    pub tail: &'c [Step],
    /// How classical bits come out of a sampled outcome.
    pub readout: Readout,
}

/// What becomes of a sampled outcome: the tail without its gates.
#[derive(Debug, Default)]
pub struct Readout {
    /// The qubits that are sampled, as a mask.
    pub measured: usize,
    /// The bases other than Z among them.
    pub bases: Vec<(u32, Pauli)>,
    reads: Vec<Read>,
}

#[derive(Debug, Clone, Copy)]
enum Read {
    /// Bit `position` of the outcome goes into `clbit`.
    Bit {
        clbit: u32,
        position: u32,
    },
    Logic {
        guard: Option<Guard>,
        op: ClassicalOp,
    },
}

impl<'c> Plan<'c> {
    /// Divides `circuit`.
    #[must_use]
    pub fn of(circuit: &'c Circuit) -> Self {
        let start = tail_start(circuit);
        let (live, tail) = circuit.steps.split_at(start);
        Self { live, tail, readout: Readout::of(circuit, tail) }
    }
}

fn tail_start(circuit: &Circuit) -> usize {
    // Looking back from the end: what happens to each qubit later.
    let mut acted_on = 0;
    let mut measured: Vec<Option<Pauli>> = vec![None; circuit.qubits as usize];
    let can_wait = |step: &&Step| match step.action {
        Action::Classical(_) => true,
        _ if step.guard.is_some() => false,
        Action::Reset(_) => false,
        Action::Gate(gate) => {
            acted_on |= gate.qubits();
            true
        }
        Action::Measure { qubit, basis, .. } => {
            let rests = acted_on & (1 << qubit) == 0;
            rests && *measured[qubit as usize].get_or_insert(basis) == basis
        }
    };
    circuit.steps.len() - circuit.steps.iter().rev().take_while(can_wait).count()
}

impl Readout {
    /// What one measurement or step of logic takes here, in bytes.
    pub const STEP_BYTES: usize = size_of::<Read>();

    fn of(circuit: &Circuit, tail: &[Step]) -> Self {
        let is_read = |step: &&Step| matches!(step.action, Action::Measure { .. } | Action::Classical(_));
        let logic = tail.iter().any(|step| matches!(step.action, Action::Classical(_)));
        // Without logic only the last measurement into an output bit can be seen.
        let mut seen = vec![false; circuit.clbits as usize];
        let mut readout = Self::default();
        let mut reads = Vec::with_capacity(tail.iter().filter(is_read).count());
        for step in tail.iter().rev() {
            match step.action {
                Action::Measure { qubit, clbit, basis } => {
                    let visible = clbit < circuit.output_bits && !seen[clbit as usize];
                    if logic || visible {
                        seen[clbit as usize] = true;
                        if readout.measured & 1 << qubit == 0 && basis != Pauli::Z {
                            readout.bases.push((qubit, basis));
                        }
                        readout.measured |= 1 << qubit;
                        reads.push(Read::Bit { clbit, position: qubit });
                    }
                }
                Action::Classical(op) => reads.push(Read::Logic { guard: step.guard, op }),
                Action::Gate(_) | Action::Reset(_) => {}
            }
        }
        reads.reverse();
        // Outcomes hold the measured qubits only: from qubits to positions among them.
        for read in &mut reads {
            if let Read::Bit { position, .. } = read {
                *position = (readout.measured & ((1 << *position) - 1)).count_ones();
            }
        }
        Self { reads, ..readout }
    }

    /// Writes what an outcome (as `sample::Outcomes` gives it) means into the classical bits.
    pub fn read(&self, outcome: usize, bits: &mut Register) {
        for read in &self.reads {
            match *read {
                Read::Bit { clbit, position } => bits.set(clbit, outcome >> position & 1 == 1),
                Read::Logic { guard, op } if bits.allows(guard) => bits.compute(op),
                Read::Logic { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::gate::{Controls, Gate};
    use crate::engine::matrices;

    fn step(action: Action) -> Step {
        Step { guard: None, action }
    }

    fn h(qubit: u32) -> Step {
        step(Action::Gate(Gate { controls: Controls::default(), kernel: matrices::h(qubit) }))
    }

    fn measure(qubit: u32, clbit: u32, basis: Pauli) -> Step {
        step(Action::Measure { qubit, clbit, basis })
    }

    fn live_steps(steps: Vec<Step>) -> usize {
        let circuit = Circuit { qubits: 3, clbits: 3, output_bits: 3, steps, observables: vec![] };
        Plan::of(&circuit).live.len()
    }

    #[test]
    fn a_circuit_whose_qubits_rest_after_their_measurement_is_all_tail() {
        let again = measure(0, 1, Pauli::Z);
        assert_eq!(live_steps(vec![h(0), measure(0, 0, Pauli::Z), h(1), again, measure(1, 2, Pauli::X)]), 0);
    }

    #[test]
    fn a_gate_after_the_measurement_of_its_qubit_keeps_the_measurement_live() {
        assert_eq!(live_steps(vec![h(0), measure(0, 0, Pauli::Z), h(0), measure(0, 1, Pauli::Z)]), 2);
    }

    #[test]
    fn a_second_measurement_in_another_basis_keeps_the_first_live() {
        assert_eq!(live_steps(vec![measure(0, 0, Pauli::Z), measure(0, 1, Pauli::X)]), 1);
    }

    #[test]
    fn resets_and_guards_are_live_but_guarded_logic_is_not() {
        let guard = Some(Guard { clbit: 0, value: true });
        assert_eq!(live_steps(vec![h(0), step(Action::Reset(1)), h(1)]), 2);
        assert_eq!(live_steps(vec![Step { guard, ..h(0) }, h(1)]), 1);
        let op = ClassicalOp::Set { dst: 1, value: true };
        assert_eq!(live_steps(vec![h(0), Step { guard, action: Action::Classical(op) }]), 0);
    }
}
