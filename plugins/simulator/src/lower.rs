//! From the interface's circuits to the engine's: gates become kernels under controls.
//!
//! The host has checked what it sends; it is checked here once more, because the engine indexes
//! memory with it. Steps that do nothing (`id`, `barrier`, the reset of a qubit that nobody has
//! touched yet) disappear here.

pub mod clifford;
mod gates;
mod operands;

use eigen_qdriver::{ClassicalOp, Error, Gates, Operation, Pauli, PauliTerm, Result, Step};

use crate::engine::circuit::{self, Action, Circuit};
use crate::engine::gate::Controls;
use crate::engine::plan::Readout;

/// The circuit in the engine's terms. Its qubits must be few enough for a state to fit.
///
/// Errors: `invalid-argument` naming the step.
pub fn lower(gates: Gates) -> Result<Circuit> {
    if gates.output_bits > gates.clbits {
        return Err(Error::invalid_argument("more output bits than classical bits"));
    }
    let mut lowering = Lowering::new(&gates);
    for (index, step) in gates.steps.into_iter().enumerate() {
        let checked = lowering.step(step);
        checked.map_err(|problem| Error::invalid_argument(format!("steps[{index}]: {problem}")))?;
    }
    if lowering.controls.mask != 0 {
        return Err(Error::invalid_argument("a control at the end has no gate"));
    }
    let observables = gates.observables.into_iter().map(|observable| {
        let terms =
            observable.terms.iter().map(|term| pauli_term(term, gates.qubits)).collect::<Result<_, _>>();
        let terms = terms.map_err(|problem| {
            Error::invalid_argument(format!("observable `{}`: {problem}", observable.name))
        })?;
        Ok(circuit::Observable { name: observable.name, terms })
    });
    Ok(Circuit {
        qubits: gates.qubits,
        clbits: gates.clbits,
        output_bits: gates.output_bits,
        observables: observables.collect::<Result<_>>()?,
        steps: lowering.steps,
    })
}

/// What a circuit takes in memory, in bytes: as it came, lowered, and planned.
#[must_use]
pub fn circuit_bytes(gates: &Gates) -> u64 {
    let bytes = |step: &Step| {
        let planned = match step.operation {
            // Two kernels.
            Operation::Ecr(_) => size_of::<circuit::Step>(),
            // An entry of the readout, an outcome in the history.
            Operation::Measure(_) | Operation::Reset(_) | Operation::Classical(_) => Readout::STEP_BYTES + 2,
            _ => 0,
        };
        (size_of::<Step>() + size_of::<circuit::Step>() + planned) as u64
    };
    let terms = gates.observables.iter().flat_map(|observable| &observable.terms);
    let observables = terms.map(|term| (2 * size_of::<PauliTerm>() + 8 * term.factors.len()) as u64);
    gates.steps.iter().map(bytes).sum::<u64>() + observables.sum::<u64>()
}

/// Checks what both ways of running a circuit index memory with. [`lower`] checks this and more.
///
/// Errors: `invalid-argument` naming the step.
pub fn check(gates: &Gates) -> Result<()> {
    if gates.output_bits > gates.clbits {
        return Err(Error::invalid_argument("more output bits than classical bits"));
    }
    for (index, step) in gates.steps.iter().enumerate() {
        let checked = operands::of(&step.operation).check(gates.qubits, gates.clbits);
        let guarded = step.guard.is_none_or(|guard| guard.clbit < gates.clbits);
        let checked =
            checked.and(if guarded { Ok(()) } else { Err("the guard's bit is out of range".into()) });
        checked.map_err(|problem| Error::invalid_argument(format!("steps[{index}]: {problem}")))?;
    }
    Ok(())
}

struct Lowering {
    qubits: u32,
    clbits: u32,
    steps: Vec<circuit::Step>,
    /// Collected for the next gate.
    controls: Controls,
    /// Qubits that may no longer be |0⟩.
    touched: usize,
}

impl Lowering {
    fn new(gates: &Gates) -> Self {
        // All that can be needed, at once: a vector that grows holds two copies for a moment.
        let double = gates.steps.iter().filter(|step| matches!(step.operation, Operation::Ecr(_))).count();
        Self {
            qubits: gates.qubits,
            clbits: gates.clbits,
            steps: Vec::with_capacity(gates.steps.len() + double),
            controls: Controls::default(),
            touched: 0,
        }
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        let operands = operands::of(&step.operation);
        operands.check(self.qubits, self.clbits)?;
        let used = operands.mask();
        let guard = step.guard.map(|guard| circuit::Guard { clbit: guard.clbit, value: guard.value });
        if guard.is_some_and(|guard| guard.clbit >= self.clbits) {
            return Err("the guard's bit is out of range".into());
        }
        if self.controls.mask & used != 0 {
            return Err("a control is one of the gate's own qubits or of its other controls".into());
        }
        if let Operation::Control(control) = step.operation {
            self.controls = self.controls.and(control.qubit, control.active_on);
            return Ok(());
        }
        let controls = std::mem::take(&mut self.controls);
        if let Some(unitary) = gates::unitary(&step.operation) {
            self.touched |= used | controls.mask;
            for gate in unitary.under(controls) {
                self.push(guard, Action::Gate(gate));
            }
            return Ok(());
        }
        if controls.mask != 0 {
            return Err("only a gate can follow a control".into());
        }
        match step.operation {
            Operation::Measure(m) => {
                self.touched |= used;
                self.push(guard, Action::Measure { qubit: m.qubit, clbit: m.clbit, basis: pauli(m.basis) });
            }
            Operation::Reset(qubit) if self.touched & used != 0 => self.push(guard, Action::Reset(qubit)),
            Operation::Classical(op) => self.push(guard, Action::Classical(classical(op))),
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, guard: Option<circuit::Guard>, action: Action) {
        self.steps.push(circuit::Step { guard, action });
    }
}

fn pauli(pauli: Pauli) -> circuit::Pauli {
    match pauli {
        Pauli::X => circuit::Pauli::X,
        Pauli::Y => circuit::Pauli::Y,
        Pauli::Z => circuit::Pauli::Z,
    }
}

fn classical(op: ClassicalOp) -> circuit::ClassicalOp {
    use circuit::ClassicalOp as To;
    match op {
        ClassicalOp::Set(set) => To::Set { dst: set.dst, value: set.value },
        ClassicalOp::Copy(bits) => To::Copy { dst: bits.dst, src: bits.src },
        ClassicalOp::Not(bits) => To::Not { dst: bits.dst, src: bits.src },
        ClassicalOp::And(bits) => To::And { dst: bits.dst, a: bits.a, b: bits.b },
        ClassicalOp::Or(bits) => To::Or { dst: bits.dst, a: bits.a, b: bits.b },
        ClassicalOp::Xor(bits) => To::Xor { dst: bits.dst, a: bits.a, b: bits.b },
    }
}

fn pauli_term(term: &PauliTerm, qubits: u32) -> Result<circuit::PauliTerm, String> {
    let mut lowered = circuit::PauliTerm { coefficient: term.coefficient, x_mask: 0, z_mask: 0 };
    for factor in &term.factors {
        if factor.qubit >= qubits {
            return Err(format!("qubit {} is out of range", factor.qubit));
        }
        let bit = 1 << factor.qubit;
        if (lowered.x_mask | lowered.z_mask) & bit != 0 {
            return Err(format!("qubit {} stands twice in one term", factor.qubit));
        }
        if factor.pauli != Pauli::Z {
            lowered.x_mask |= bit;
        }
        if factor.pauli != Pauli::X {
            lowered.z_mask |= bit;
        }
    }
    Ok(lowered)
}
