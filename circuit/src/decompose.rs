//! Gates a device lacks, written with the gates it has.
//!
//! Every rule is exact where a control makes its phase count, and up to a global phase elsewhere.
//! Rules lead from larger gates to controlled NOTs and single-qubit gates, and from those to what
//! the device has; a gate that no chain of rules expresses is an error that names it.

mod controlled;
mod rules;
mod single;

use std::fmt;

use crate::program::{GateName, Operation, Program, Step};

/// The operations that a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GateSet(u64);

/// An operation that cannot be expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inexpressible {
    /// The step it stands at, from 0.
    pub step: usize,
    /// What it is.
    pub operation: GateName,
    /// Why, in words.
    pub reason: &'static str,
}

impl GateSet {
    /// Whether an operation is among them.
    #[must_use]
    pub fn contains(self, name: GateName) -> bool {
        self.0 >> name as u32 & 1 == 1
    }
}

impl FromIterator<GateName> for GateSet {
    fn from_iter<I: IntoIterator<Item = GateName>>(names: I) -> Self {
        Self(names.into_iter().fold(0, |set, name| set | 1 << name as u32))
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.operation.as_str().to_uppercase();
        write!(f, "Unsupported Op: {name} at operation[{}] ({})", self.step, self.reason)
    }
}

impl std::error::Error for Inexpressible {}

/// The program with these operations only. Barriers are left out where there are none; guards and
/// classical steps stay, since they are no gates.
///
/// # Errors
/// The first operation that these cannot express.
pub fn decompose(program: &Program, set: GateSet) -> Result<Program, Inexpressible> {
    let mut out = Vec::with_capacity(program.steps.len());
    let mut controls = Vec::new();
    let mut writer = Writer { set, qubits: program.qubits, out: Vec::new(), depth: 0 };
    for (index, step) in program.steps.iter().enumerate() {
        let name = step.operation.name();
        let fail = |reason| Inexpressible { step: index, operation: name, reason };
        match step.operation {
            Operation::Control { qubit, active_on } => {
                controls.push((qubit, active_on));
                continue;
            }
            Operation::Barrier if !set.contains(GateName::Barrier) => continue,
            Operation::Measure { .. }
            | Operation::Reset(_)
            | Operation::Classical(_)
            | Operation::Barrier => {
                if !set.contains(name) {
                    return Err(fail("it is no gate, and has to be there itself"));
                }
                out.push(*step);
                continue;
            }
            _ => {}
        }
        let kept = set.contains(name) && (controls.is_empty() || set.contains(GateName::Control));
        if kept {
            let controls = controls.drain(..);
            out.extend(
                controls.map(|(qubit, active_on)| Step::from(Operation::Control { qubit, active_on })),
            );
            out.push(*step);
            continue;
        }
        let written = if controls.is_empty() {
            writer.write(step.operation)
        } else {
            writer.controlled(&std::mem::take(&mut controls), step.operation)
        };
        written.map_err(fail)?;
        out.extend(writer.out.drain(..).map(|operation| Step { operation, guard: step.guard }));
    }
    Ok(Program { steps: out, ..program.clone_without_steps() })
}

/// Writes gates with those of a set.
struct Writer {
    set: GateSet,
    qubits: u32,
    out: Vec<Operation>,
    /// Rules applied within rules: a circle of rules would be endless.
    depth: u32,
}

/// Why a gate cannot be written.
type Reason = &'static str;

impl Writer {
    fn write(&mut self, gate: Operation) -> Result<(), Reason> {
        if self.set.contains(gate.name()) {
            self.out.push(gate);
            return Ok(());
        }
        if self.depth > 12 {
            return Err("the device's gates cannot express it");
        }
        self.depth += 1;
        let result = self.rewrite(gate);
        self.depth -= 1;
        result
    }

    fn rewrite(&mut self, gate: Operation) -> Result<(), Reason> {
        if let Operation::Id(_) = gate {
            return Ok(());
        }
        if let Some(matrix) = crate::matrix::of(&gate) {
            return self.single(gate, &matrix);
        }
        if let Operation::Cx(a, b) = gate {
            return self
                .all(rules::cx(self.set, a, b).ok_or("the device has no gate that entangles as CX does")?);
        }
        if let Operation::Cz(a, b) = gate
            && let Some(gates) = rules::cz(self.set, a, b)
        {
            return self.all(gates);
        }
        self.all(rules::exact(gate))
    }

    fn all(&mut self, gates: impl IntoIterator<Item = Operation>) -> Result<(), Reason> {
        gates.into_iter().try_for_each(|gate| self.write(gate))
    }
}

impl Program {
    pub(crate) fn clone_without_steps(&self) -> Self {
        Self {
            qubits: self.qubits,
            clbits: self.clbits,
            output_bits: self.output_bits,
            steps: Vec::new(),
            observables: self.observables.clone(),
        }
    }
}
