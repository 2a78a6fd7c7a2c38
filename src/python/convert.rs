//! Between the wire and the model. A device's capabilities are text pairs, as they always were: those that the host
//! knows are read here, all others are shown as they are.

use std::time::{Duration, SystemTime};

use eigen_circuit::program::GateName;

use super::wire::proto;
use crate::driver::DriverInfo;
use crate::driver::checks::{self, Broken, MAX_FEATURES, MAX_NAME, MAX_TICKET, bounded, name};
use crate::model::{
    Circuit, CircuitClass, CircuitForm, Device, DeviceFeatures, DeviceId, DeviceState, DeviceStatus,
    ExecutionRequest, ExecutionResult, Health, Outcome, Pending, Properties, QubitLimit, Reconciliation,
    Ticket,
};
use crate::telemetry::span;

/// What a device runs that names no gates: the operations of AQO.
const AQO_GATES: [GateName; 16] = [
    GateName::Rx,
    GateName::Ry,
    GateName::Rz,
    GateName::X,
    GateName::Y,
    GateName::Z,
    GateName::H,
    GateName::S,
    GateName::T,
    GateName::Cx,
    GateName::Cz,
    GateName::Swap,
    GateName::Ccx,
    GateName::Ccz,
    GateName::Measure,
    GateName::Barrier,
];

pub(super) fn driver_info(hello: proto::HelloAnswer) -> Result<DriverInfo, Broken> {
    let mut features: Properties = hello.features.into_iter().collect();
    features.insert("python".to_owned(), hello.python);
    if !hello.driver_api_version.is_empty() {
        features.insert("driver_api_version".to_owned(), hello.driver_api_version);
    }
    let size: usize = features.iter().map(|(key, value)| key.len() + value.len() + 1).sum();
    if size > MAX_FEATURES {
        return Err(Broken(format!("the driver's features have {size} bytes; {MAX_FEATURES} are allowed")));
    }
    let version = if hello.version.is_empty() { "unknown".to_owned() } else { hello.version };
    Ok(DriverInfo {
        name: name("the driver's name", hello.name)?,
        version: name("the driver's version", version)?,
        vendor: String::new(),
        ticket_version: 1,
        accepts_ticket_versions: vec![1],
        features,
    })
}

pub(super) fn devices(devices: proto::Devices) -> Result<Vec<Device>, Broken> {
    checks::devices(devices.devices.into_iter().map(device).collect::<Result<Vec<_>, _>>()?)
}

fn device(device: proto::Device) -> Result<Device, Broken> {
    let id = name("a device's id", device.device_id)?;
    let mut rest: Properties = device.capabilities.into_iter().collect();
    let mut take = |keys: &[&str]| keys.iter().find_map(|key| rest.remove(*key));
    let number = |what: &str, text: Option<String>| {
        let read = |text: String| {
            text.trim()
                .parse::<u64>()
                .map_err(|_| Broken(format!("device `{id}`: {what} is no number: `{text}`")))
        };
        text.map(read).transpose()
    };
    let qubits = number("max_qubits", take(&["max_qubits", "num_qubits", "qubits"]))?;
    let max_shots = number("max_shots", take(&["max_shots"]))?;
    let gates = match take(&["gates", "basis_gates"]) {
        Some(text) => gates(&id, &text)?,
        None => AQO_GATES.to_vec(),
    };
    let forms = match take(&["circuit_formats"]) {
        Some(text) => words(&text).map(|word| form(&id, word)).collect::<Result<_, _>>()?,
        None => vec![CircuitForm::AqoJson],
    };
    let coupling = match take(&["coupling_map"]) {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| Broken(format!("device `{id}`: coupling_map is no list of pairs: {error}")))?,
        None => None,
    };
    let mut flag = |key: &str| take(&[key]).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let features = DeviceFeatures {
        idempotent: flag("idempotent"),
        deterministic: flag("deterministic"),
        mid_circuit: flag("mid_circuit"),
        conditional: flag("conditional"),
        observables: flag("observables"),
        measure_basis: flag("measure_basis"),
    };
    let (calibration_id, provider) = (take(&["calibration_id"]), take(&["provider"]));
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let most = |qubits| QubitLimit { class: CircuitClass::Any, qubits };
    Ok(Device {
        name: name("a device's name", or(device.name, &id))?,
        backend_type: name("a device's backend_type", or(device.backend_type, "simulator"))?,
        provider: name("a device's provider", provider.unwrap_or_else(|| "local".to_owned()))?,
        state: device_state(device.state.unwrap_or_default()),
        limits: qubits.map(|qubits| most(u32::try_from(qubits).unwrap_or(u32::MAX))).into_iter().collect(),
        gates,
        forms,
        coupling,
        calibration_id: calibration_id.map(|text| name("a calibration's id", text)).transpose()?,
        max_shots,
        features,
        capabilities: rest,
        id: DeviceId::new(id),
    })
}

/// A list as text: JSON, or words with commas.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    inner.split(',').map(|word| word.trim().trim_matches('"')).filter(|word| !word.is_empty())
}

/// Names that the host does not know are left out: it decomposes to those it does.
fn gates(id: &str, text: &str) -> Result<Vec<GateName>, Broken> {
    let known =
        |word: &str| GateName::ALL.iter().copied().find(|gate| gate.as_str().eq_ignore_ascii_case(word));
    let found: Vec<GateName> = words(text).filter_map(known).collect();
    if found.is_empty() {
        let text: String = text.chars().take(MAX_NAME).collect();
        return Err(Broken(format!("device `{id}`: none of its gates is known: `{text}`")));
    }
    Ok(found)
}

fn form(id: &str, word: &str) -> Result<CircuitForm, Broken> {
    match word.to_ascii_uppercase().as_str() {
        "AQO_JSON" | "AQO" => Ok(CircuitForm::AqoJson),
        "QASM3" | "OPENQASM3" => Ok(CircuitForm::Qasm3),
        "NATIVE" => Ok(CircuitForm::Native),
        _ => {
            let word: String = word.chars().take(MAX_NAME).collect();
            Err(Broken(format!(
                "device `{id}`: `{word}` is no form of circuits; AQO_JSON, QASM3 and NATIVE are"
            )))
        }
    }
}

pub(super) fn device_state(state: proto::DeviceState) -> DeviceState {
    use proto::DeviceStatus as Said;
    DeviceState {
        status: match state.status() {
            Said::Unspecified | Said::Online => DeviceStatus::Online,
            Said::Offline => DeviceStatus::Offline,
            Said::Calibrating => DeviceStatus::Calibrating,
            Said::Maintenance => DeviceStatus::Maintenance,
            Said::Error => DeviceStatus::Error,
        },
        queue_depth: u32::try_from(state.queue_depth.max(0)).unwrap_or(u32::MAX),
        estimated_wait: state
            .estimated_wait_sec
            .map(|seconds| Duration::from_secs(seconds.max(0).unsigned_abs())),
        as_of: SystemTime::now(),
        metadata: state.metadata.into_iter().collect(),
    }
}

/// The circuit in the form that the device takes; one that cannot be handed over is nothing.
pub(super) fn execute(request: &ExecutionRequest, left: Duration) -> Option<proto::Execute> {
    let (circuit, format) = match &request.circuit {
        Circuit::AqoJson(bytes) => (bytes.to_vec(), "AQO_JSON"),
        Circuit::Qasm3(text) => (text.as_bytes().to_vec(), "QASM3"),
        Circuit::Native(bytes) => (bytes.to_vec(), "NATIVE"),
        Circuit::Gates(_) => return None,
    };
    Some(proto::Execute {
        device_id: request.device_id.to_string(),
        circuit,
        circuit_format: format.to_owned(),
        shots: request.shots,
        options: request.options.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        job_id: request.job_id.clone(),
        execution_key: request.execution_key.to_string(),
        attempt: request.attempt,
        seed: request.seed,
        deadline_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1),
        traceparent: span::current().and_then(|place| place.traceparent()).unwrap_or_default(),
    })
}

pub(super) fn outcome(outcome: proto::Outcome) -> Result<Outcome, Broken> {
    match outcome.outcome {
        Some(proto::outcome::Outcome::Result(result)) => Ok(Outcome::Done(finished(result)?)),
        Some(proto::outcome::Outcome::Pending(job)) => Ok(Outcome::Pending(pending(job)?)),
        None => Err(Broken("it answered an execution with nothing".to_owned())),
    }
}

fn finished(result: proto::Result) -> Result<ExecutionResult, Broken> {
    let count = |count: proto::Count| {
        let times = u64::try_from(count.count);
        times.map(|times| (count.bits, times)).map_err(|_| Broken(format!("a count is {}", count.count)))
    };
    let seconds = result.execution_time_sec;
    Ok(ExecutionResult {
        counts: result.counts.into_iter().map(count).collect::<Result<_, _>>()?,
        expectations: result.expectations.into_iter().collect(),
        duration: Duration::try_from_secs_f64(seconds)
            .map_err(|_| Broken(format!("its execution took {seconds} seconds")))?,
        metadata: result.metadata.into_iter().collect(),
    })
}

pub(super) fn reconciliation(answer: proto::Reconciliation) -> Result<Reconciliation, Broken> {
    use proto::reconciliation::Answer;
    match answer.answer {
        Some(Answer::Found(job)) => Ok(Reconciliation::Found(pending(job)?)),
        Some(Answer::NotFound(_)) => Ok(Reconciliation::NotFound),
        Some(Answer::Unknown(_)) | None => Ok(Reconciliation::Unknown),
    }
}

fn pending(job: proto::Pending) -> Result<Pending, Broken> {
    Ok(Pending {
        ticket: Ticket::new(bounded("a ticket", job.ticket, MAX_TICKET)?),
        poll_after: job.poll_after_ms.map(Duration::from_millis),
        queue_position: job.queue_position,
    })
}

pub(super) fn calibration(answer: proto::Calibration) -> Result<String, Broken> {
    name("the calibration's reference", answer.calibration_ref)
}

pub(super) fn health(health: proto::Health) -> Health {
    Health { ready: health.ready, reason: health.reason, details: health.details.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn with(capabilities: &[(&str, &str)]) -> proto::Device {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let capabilities = capabilities.iter().map(pair).collect();
        proto::Device { device_id: "lab:a".into(), capabilities, ..proto::Device::default() }
    }

    #[test]
    fn a_device_that_says_nothing_but_its_id_takes_aqo() {
        let device = device(with(&[])).unwrap();
        assert_eq!((device.name.as_str(), device.backend_type.as_str()), ("lab:a", "simulator"));
        assert_eq!((device.forms, device.gates), (vec![CircuitForm::AqoJson], AQO_GATES.to_vec()));
        assert_eq!((device.limits, device.features), (vec![], DeviceFeatures::default()));
    }

    #[test]
    fn what_the_host_knows_of_the_capabilities_is_read_and_the_rest_is_shown() {
        let device = device(with(&[
            ("num_qubits", "5"),
            ("basis_gates", r#"["rz", "sx", "CX", "magic"]"#),
            ("circuit_formats", "QASM3, AQO_JSON"),
            ("coupling_map", "[[0, 1], [1, 2]]"),
            ("idempotent", "true"),
            ("family", "Heron"),
        ]))
        .unwrap();
        assert_eq!(device.max_qubits(), Some(5));
        assert_eq!(device.gates, [GateName::Rz, GateName::Sx, GateName::Cx]);
        assert_eq!(device.forms, [CircuitForm::Qasm3, CircuitForm::AqoJson]);
        assert_eq!(device.coupling, Some(vec![(0, 1), (1, 2)]));
        assert!(device.features.idempotent && !device.features.deterministic);
        assert_eq!(device.capabilities, Properties::from([("family".to_owned(), "Heron".to_owned())]));
    }

    #[test]
    fn what_makes_no_sense_is_a_malformed_answer_that_names_the_device() {
        for (key, value) in [
            ("max_qubits", "many"),
            ("gates", "magic"),
            ("circuit_formats", "QASM9"),
            ("coupling_map", "0-1"),
        ] {
            let wrong = device(with(&[(key, value)])).unwrap_err().to_string();
            assert!(wrong.contains("lab:a"), "{wrong}");
        }
        let count = proto::Count { bits: "0".into(), count: -1 };
        assert!(finished(proto::Result { counts: vec![count], ..proto::Result::default() }).is_err());
        let endless = proto::Result { execution_time_sec: f64::NAN, ..proto::Result::default() };
        assert!(finished(endless).is_err());
    }
}
