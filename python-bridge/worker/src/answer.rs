//! Reading the adapter's answers: plain values, in the order of the wire's fields.

use std::collections::HashMap;

use eigen_worker_core::message::{
    Calibration, Count, Device, DeviceState, Devices, Done, Error, Health, Outcome, Pending, Reconciliation,
    Result as Counted, code, from_worker::Answer, outcome, reconciliation,
};
use pyo3::prelude::*;

use crate::call::Kind;
use crate::worker::done;

type State = (i32, i64, Option<i64>, HashMap<String, String>);
type Listed = (String, String, String, State, HashMap<String, String>);
type Described = (u32, String, String, String, i32, String, Option<u64>, String, bool);

/// The answer to a call, from what the adapter returned.
pub fn read(kind: Kind, value: &Bound<'_, PyAny>) -> Answer {
    let read = match kind {
        Kind::Done | Kind::Shutdown => Ok(done()),
        Kind::Devices => devices(value).map(Answer::Devices),
        Kind::DeviceState => value.extract().map(|state| Answer::DeviceState(device_state(state))),
        Kind::Outcome => outcome(value).map(Answer::Outcome),
        Kind::Reconciliation => reconciliation(value).map(Answer::Reconciliation),
        Kind::Calibration => {
            value.extract().map(|calibration_ref| Answer::Calibration(Calibration { calibration_ref }))
        }
        Kind::Health => {
            value.extract().map(|(ready, reason, details)| Answer::Health(Health { ready, reason, details }))
        }
    };
    read.unwrap_or_else(|error| unreadable(kind, &error))
}

fn unreadable(kind: Kind, error: &PyErr) -> Answer {
    let message = format!("the driver's answer cannot be put on the wire as {kind:?}");
    let traceback = error.to_string();
    Answer::Error(Error { code: code::INTERNAL, message, traceback, ..Error::default() })
}

/// What an exception is on the wire, as the adapter describes it.
pub fn error(py: Python<'_>, describe: &Bound<'_, PyAny>, error: PyErr) -> Error {
    let text = error.to_string();
    let described = describe.call1((error.into_value(py),)).and_then(|plain| plain.extract::<Described>());
    match described {
        Ok((
            code,
            message,
            traceback,
            exception,
            submission,
            ticket,
            retry_after_ms,
            provider_code,
            code_was_given,
        )) => Error {
            code,
            message,
            traceback,
            exception,
            submission,
            ticket,
            retry_after_ms,
            provider_code,
            code_was_given,
        },
        Err(failure) => Error {
            code: code::INTERNAL,
            message: "the driver failed, and its exception cannot be described".into(),
            traceback: format!("{text}; describing it: {failure}"),
            ..Error::default()
        },
    }
}

fn devices(value: &Bound<'_, PyAny>) -> PyResult<Devices> {
    let devices: Vec<Listed> = value.extract()?;
    let devices = devices.into_iter().map(|(device_id, name, backend_type, state, capabilities)| Device {
        device_id,
        name,
        backend_type,
        state: Some(device_state(state)),
        capabilities,
    });
    Ok(Devices { devices: devices.collect() })
}

fn device_state((status, queue_depth, estimated_wait_sec, metadata): State) -> DeviceState {
    DeviceState { status, queue_depth, estimated_wait_sec, metadata }
}

fn outcome(value: &Bound<'_, PyAny>) -> PyResult<Outcome> {
    let kind: String = value.get_item(0)?.extract()?;
    let outcome = if kind == "pending" {
        outcome::Outcome::Pending(pending(value)?)
    } else {
        let (_, counts, execution_time_sec, metadata, expectations): (Bound<'_, PyAny>, Vec<_>, _, _, _) =
            value.extract()?;
        let counts = counts.into_iter().map(|(bits, count)| Count { bits, count }).collect();
        outcome::Outcome::Result(Counted { counts, execution_time_sec, metadata, expectations })
    };
    Ok(Outcome { outcome: Some(outcome) })
}

fn pending(value: &Bound<'_, PyAny>) -> PyResult<Pending> {
    let (_, ticket, poll_after_ms, queue_position): (Bound<'_, PyAny>, _, _, _) = value.extract()?;
    Ok(Pending { ticket, poll_after_ms, queue_position })
}

fn reconciliation(value: &Bound<'_, PyAny>) -> PyResult<Reconciliation> {
    let kind: String = value.get_item(0)?.extract()?;
    let answer = match kind.as_str() {
        "found" => reconciliation::Answer::Found(pending(value)?),
        "not_found" => reconciliation::Answer::NotFound(Done {}),
        _ => reconciliation::Answer::Unknown(Done {}),
    };
    Ok(Reconciliation { answer: Some(answer) })
}
