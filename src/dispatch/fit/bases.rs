//! Measurements in X and Y for devices that only measure in Z: rotate, measure, and rotate back where the qubit's state
//! still matters. Where it does not, a device that measures at the end alone can run the circuit too.

use std::collections::HashMap;
use std::sync::Arc;

use eigen_circuit::program::{Operation, Pauli, Program, Step};

use crate::model::Device;

/// The program with measurements that the device has.
pub(super) fn in_its_bases(program: &Arc<Program>, device: &Device) -> Arc<Program> {
    let rotate = |step: &Step| {
        !device.features.measure_basis
            && matches!(step.operation, Operation::Measure { basis: Pauli::X | Pauli::Y, .. })
    };
    if !program.steps.iter().any(rotate) {
        return Arc::clone(program);
    }
    let last: HashMap<u32, usize> = (program.steps.iter().enumerate())
        .flat_map(|(at, step)| step.operation.qubits().map(move |qubit| (qubit, at)))
        .collect();
    let matters =
        |at, qubit| !program.observables.is_empty() || last.get(&qubit).is_some_and(|last| *last > at);
    let mut steps = Vec::with_capacity(program.steps.len() + 4);
    for (at, step) in program.steps.iter().enumerate() {
        if rotate(step) {
            steps.extend(rotated(step, |qubit| matters(at, qubit)));
        } else {
            steps.push(*step);
        }
    }
    Arc::new(Program { steps, ..Program::clone(program) })
}

fn rotated(step: &Step, matters: impl Fn(u32) -> bool) -> Vec<Step> {
    let Operation::Measure { qubit, clbit, basis } = step.operation else { return vec![*step] };
    let (before, after): (&[Operation], &[Operation]) = match basis {
        Pauli::X => (&[Operation::H(qubit)], &[Operation::H(qubit)]),
        Pauli::Y => {
            (&[Operation::Sdg(qubit), Operation::H(qubit)], &[Operation::H(qubit), Operation::S(qubit)])
        }
        Pauli::Z => (&[], &[]),
    };
    let after = if matters(qubit) { after } else { &[] };
    let measure = Operation::Measure { qubit, clbit, basis: Pauli::Z };
    let operations = before.iter().copied().chain([measure]).chain(after.iter().copied());
    operations.map(|operation| Step { operation, guard: step.guard }).collect()
}
