//! Does a circuit fit a device, and in which form does it go there? Settled by the host, so that every
//! driver can rely on what it gets.
//!
//! A circuit is first made of the device's own operations: measurements in its bases, gates in its gate
//! set. Then it is written in the first of the device's forms that can say it.

mod bases;
mod limits;

use std::borrow::Cow;
use std::sync::Arc;

use eigen_circuit::program::{GateName, Program};
use eigen_circuit::{Form, GateSet, Inexpressible, decompose, emit};

use super::execute::Accepted;
use super::prepare::{Content, Prepared};
use crate::model::{Circuit, CircuitForm, Device, DeviceStatus, Failure, FailureKind};

/// The circuit in the form that the device takes, or why there is none. `most` bounds its operations.
pub(super) fn fit(
    prepared: &Prepared,
    request: &Accepted,
    device: &Device,
    most: u64,
) -> Result<Circuit, Failure> {
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
    let program = match &prepared.content {
        Content::Native(data) if device.forms.contains(&CircuitForm::Native) => {
            return Ok(Circuit::Native(Arc::clone(data)));
        }
        Content::Native(_) => return Err(lacks(device, "circuits as BACKEND_NATIVE")),
        Content::Program(program) => program,
    };
    limits::enough_qubits(program, device)?;
    if prepared.wants_energy && !device.features.observables {
        return Err(lacks(device, "expectation values (annotations.expectation)"));
    }
    let place = |step| prepared.operation_of(step);
    let program = in_its_gates(bases::in_its_bases(program, device), device, &place)?;
    if program.steps.len() as u64 > most {
        let text = format!(
            "the circuit has {} operations in the gates of device `{}`; `circuits.max_operations` allows {most}",
            program.steps.len(),
            device.id
        );
        return Err(Failure::new(FailureKind::Capacity, text));
    }
    limits::features(&program, device)?;
    limits::coupled(&program, device)?;
    in_its_form(&program, device)
}

/// Written with the device's gates only; as it is, where it has them all.
fn in_its_gates(
    program: Arc<Program>,
    device: &Device,
    place: &dyn Fn(usize) -> usize,
) -> Result<Arc<Program>, Failure> {
    let set: GateSet = device.gates.iter().copied().collect();
    let has = |name: GateName| set.contains(name) || (name == GateName::Barrier && !takes_gates(device));
    if program.steps.iter().all(|step| has(step.operation.name())) {
        return Ok(program);
    }
    let unsupported = |error: Inexpressible| {
        let name = error.operation.as_str().to_uppercase();
        let text =
            format!("Unsupported Op: {name} at operation[{}] on device `{}`", place(error.step), device.id);
        Failure::new(FailureKind::Unimplemented, text).cause(error.reason)
    };
    decompose(&program, set).map(Arc::new).map_err(unsupported)
}

fn takes_gates(device: &Device) -> bool {
    device.forms.contains(&CircuitForm::Gates)
}

/// The device's forms come best first.
fn in_its_form(program: &Arc<Program>, device: &Device) -> Result<Circuit, Failure> {
    let mut why: Option<Cow<'static, str>> = None;
    for form in &device.forms {
        let written = match form {
            CircuitForm::Gates => return Ok(Circuit::Gates(Arc::clone(program))),
            CircuitForm::Qasm3 => emit(program, Form::Qasm3).map(|text| {
                let text = String::from_utf8_lossy(&text).into_owned();
                Circuit::Qasm3(text.into())
            }),
            CircuitForm::AqoJson => emit(program, Form::AqoJson).map(|bytes| Circuit::AqoJson(bytes.into())),
            CircuitForm::Native => continue,
        };
        match written {
            Ok(circuit) => return Ok(circuit),
            Err(error) => why = Some(error.to_string().into()),
        }
    }
    Err(match why {
        Some(why) => lacks(device, "this circuit in any of the forms that it takes").cause(why),
        None => lacks(device, "circuits that are not in its own format"),
    })
}

fn lacks(device: &Device, what: &str) -> Failure {
    Failure::new(FailureKind::Unimplemented, format!("device `{}` does not support {what}", device.id))
}
