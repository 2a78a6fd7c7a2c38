//! Does a circuit fit a device? Checked by the host, so that every driver can rely on it.

use std::borrow::Cow;
use std::sync::Arc;

use eigen_circuit::program::{GateName, Operation, Pauli, Program, Step};

use super::execute::Accepted;
use super::prepare::{Content, Prepared};
use crate::model::{Circuit, CircuitForm, Device, DeviceStatus, Failure, FailureKind};

/// The circuit in the form that the device takes, or why there is none.
pub(super) fn fit(prepared: &Prepared, request: &Accepted, device: &Device) -> Result<Circuit, Failure> {
    if matches!(device.state.status, DeviceStatus::Offline | DeviceStatus::Maintenance | DeviceStatus::Error)
    {
        let status = device.state.status.as_str();
        return Err(Failure::new(FailureKind::Precondition, format!("device `{}` is {status}", device.id)));
    }
    if let Some(most) = device.max_shots.filter(|most| request.shots > *most) {
        let text =
            format!("device `{}` runs at most {most} shots; {} were asked for", device.id, request.shots);
        return Err(Failure::new(FailureKind::Precondition, text));
    }
    match &prepared.content {
        Content::Native(data) => {
            take_form(device, CircuitForm::Native, "BACKEND_NATIVE")?;
            Ok(Circuit::Native(Arc::clone(data)))
        }
        Content::Program(program) => {
            take_form(device, CircuitForm::Gates, "a gate list")?;
            program_fits(program, device)?;
            if prepared.wants_energy && !device.features.observables {
                return Err(lacks(device, "expectation values (annotations.expectation)"));
            }
            Ok(Circuit::Gates(in_its_bases(program, device)))
        }
    }
}

fn take_form(device: &Device, form: CircuitForm, what: &str) -> Result<(), Failure> {
    if device.forms.contains(&form) { Ok(()) } else { Err(lacks(device, &format!("circuits as {what}"))) }
}

fn program_fits(program: &Program, device: &Device) -> Result<(), Failure> {
    if let Some(most) = device.max_qubits().filter(|most| program.qubits > *most) {
        return Err(too_many_qubits(program.qubits, most, device));
    }
    for (index, step) in program.steps.iter().enumerate() {
        let name = step.operation.name();
        // A barrier orders steps and does nothing else: a device without it just gets none.
        if name != GateName::Barrier && !device.gates.contains(&name) {
            let shown = name.to_string().to_uppercase();
            return Err(Failure::new(
                FailureKind::Unimplemented,
                format!("Unsupported Op: {shown} at operation[{index}] on device `{}`", device.id),
            ));
        }
        if step.guard.is_some() && !device.features.conditional {
            return Err(lacks(device, "conditional operations"));
        }
    }
    Ok(())
}

/// Simulators are bounded by memory, machines by their chip; the contract tells the two apart.
fn too_many_qubits(asked: u32, most: u32, device: &Device) -> Failure {
    if device.is_simulator() {
        let text =
            format!("Simulator Out of Memory: {asked} qubits on device `{}`, which holds {most}", device.id);
        Failure::new(FailureKind::Capacity, text)
            .remedy("Use fewer qubits, or ask the operator to raise the driver's `limits.memory`.")
    } else {
        let text = format!("device `{}` has {most} qubits; the circuit needs {asked}", device.id);
        Failure::new(FailureKind::Precondition, text)
    }
}

fn lacks(device: &Device, what: &str) -> Failure {
    Failure::new(FailureKind::Unimplemented, format!("device `{}` does not support {what}", device.id))
}

/// Measurements in X and Y, for devices that only measure in Z: rotate, measure, rotate back.
/// Barriers go where a device does not list them.
fn in_its_bases(program: &Arc<Program>, device: &Device) -> Arc<Program> {
    let rotate = |step: &Step| {
        !device.features.measure_basis
            && matches!(step.operation, Operation::Measure { basis: Pauli::X | Pauli::Y, .. })
    };
    let drop =
        |step: &Step| step.operation == Operation::Barrier && !device.gates.contains(&GateName::Barrier);
    if !program.steps.iter().any(|step| rotate(step) || drop(step)) {
        return Arc::clone(program);
    }
    let steps = program.steps.iter().filter(|step| !drop(step)).flat_map(|step| {
        if rotate(step) { Cow::Owned(rotated(step)) } else { Cow::Borrowed(std::slice::from_ref(step)) }
            .into_owned()
    });
    Arc::new(Program { steps: steps.collect(), ..Program::clone(program) })
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
