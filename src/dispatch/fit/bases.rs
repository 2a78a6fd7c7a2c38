//! Measurements in X and Y for devices that only measure in Z: rotate, measure, rotate back.

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
    let mut steps = Vec::with_capacity(program.steps.len() + 4);
    for step in &program.steps {
        if rotate(step) {
            steps.extend(rotated(step));
        } else {
            steps.push(*step);
        }
    }
    Arc::new(Program { steps, ..Program::clone(program) })
}

fn rotated(step: &Step) -> Vec<Step> {
    let Operation::Measure { qubit, clbit, basis } = step.operation else { return vec![*step] };
    let measure = Operation::Measure { qubit, clbit, basis: Pauli::Z };
    let operations = match basis {
        Pauli::X => vec![Operation::H(qubit), measure, Operation::H(qubit)],
        Pauli::Y => vec![
            Operation::Sdg(qubit),
            Operation::H(qubit),
            measure,
            Operation::H(qubit),
            Operation::S(qubit),
        ],
        Pauli::Z => vec![measure],
    };
    operations.into_iter().map(|operation| Step { operation, guard: step.guard }).collect()
}
