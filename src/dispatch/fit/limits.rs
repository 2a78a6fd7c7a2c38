//! What a device cannot do, however a circuit is written: qubits, features, pairs that are not coupled.

use std::collections::HashSet;

use eigen_circuit::program::{Operation, Program};

use super::lacks;
use crate::model::{CircuitClass, Device, Failure, FailureKind};

/// Simulators are bounded by memory, machines by their chip; the contract tells the two apart.
pub(super) fn enough_qubits(program: &Program, device: &Device) -> Result<(), Failure> {
    let asked = program.qubits;
    let Some(most) = device.max_qubits().filter(|most| asked > *most) else { return Ok(()) };
    // A limit of its own, where the device has one for what the circuit is.
    let clifford = device.limit(CircuitClass::Clifford);
    if clifford.is_some_and(|most| asked <= most) && program.is_clifford() {
        return Ok(());
    }
    if device.is_simulator() {
        let text =
            format!("Simulator Out of Memory: {asked} qubits on device `{}`, which holds {most}", device.id);
        let text = match clifford {
            Some(more) => format!("{text} ({more} of a Clifford circuit)"),
            None => text,
        };
        return Err(Failure::new(FailureKind::Capacity, text)
            .remedy("Use fewer qubits, or ask the operator to raise the driver's `limits.memory`."));
    }
    let text = format!("device `{}` has {most} qubits; the circuit needs {asked}", device.id);
    Err(Failure::new(FailureKind::Precondition, text))
}

/// Guards, classical steps, and measurements before the end need a device that has them.
pub(super) fn features(program: &Program, device: &Device) -> Result<(), Failure> {
    let features = &device.features;
    let conditional = |step: &eigen_circuit::program::Step| {
        step.guard.is_some() || matches!(step.operation, Operation::Classical(_))
    };
    if !features.conditional && program.steps.iter().any(conditional) {
        return Err(lacks(device, "conditional operations"));
    }
    if !features.mid_circuit && measures_midway(program) {
        return Err(lacks(device, "measurement or reset before the end of the circuit"));
    }
    Ok(())
}

/// Whether a qubit is used after it was measured, or reset after it was used.
fn measures_midway(program: &Program) -> bool {
    let (mut used, mut measured) = (HashSet::new(), HashSet::new());
    for step in &program.steps {
        for qubit in step.operation.qubits() {
            let first = used.insert(qubit);
            let reset = matches!(step.operation, Operation::Reset(_));
            if measured.contains(&qubit) || (reset && !first) {
                return true;
            }
            if matches!(step.operation, Operation::Measure { .. }) {
                measured.insert(qubit);
            }
        }
    }
    false
}

/// Every operation on several qubits acts on a pair that the device couples, in its direction where the
/// operation has one.
pub(super) fn coupled(program: &Program, device: &Device) -> Result<(), Failure> {
    let Some(pairs) = &device.coupling else { return Ok(()) };
    let pairs: HashSet<(u32, u32)> = pairs.iter().copied().collect();
    for step in &program.steps {
        let qubits: Vec<u32> = step.operation.qubits().collect();
        let apart = |&(one, other): &(u32, u32)| {
            let forth = pairs.contains(&(one, other));
            let back = pairs.contains(&(other, one));
            if directed(&step.operation) { !forth } else { !forth && !back }
        };
        let couples = (1..qubits.len()).flat_map(|at| qubits[..at].iter().map(move |one| (*one, at)));
        let couples = couples.map(|(one, at)| (one, qubits[at]));
        if let Some((one, other)) = couples.into_iter().find(apart) {
            let name = step.operation.name().as_str().to_uppercase();
            let text = format!("device `{}` does not couple qubits {one} and {other} for {name}", device.id);
            return Err(Failure::new(FailureKind::Precondition, text)
                .remedy("Place the circuit on coupled qubits; the device's listing has the pairs."));
        }
    }
    Ok(())
}

/// Whether exchanging the qubits gives another operation.
fn directed(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::Cz(..)
            | Operation::Swap(..)
            | Operation::Iswap(..)
            | Operation::Cp { .. }
            | Operation::Rxx { .. }
            | Operation::Ryy { .. }
            | Operation::Rzz { .. }
            | Operation::Ccz(..)
    )
}
