//! Between protobuf and the model.

use std::sync::Arc;

use super::proto;
use crate::dispatch::{ExecuteRequest, Execution, Format, Status};
use crate::model::{CircuitClass, CircuitForm, Device, DeviceStatus};

pub(super) fn execute_request(request: proto::ExecuteCircuitRequest) -> ExecuteRequest {
    let payload = request.payload.unwrap_or_default();
    ExecuteRequest {
        job_id: request.job_id,
        device_id: request.device_id,
        format: format(payload.format),
        format_given: payload.format != 0,
        data: payload.data.into(),
        shots: request.shots.into(),
        options: Arc::new(request.options.into_iter().collect()),
    }
}

fn format(number: i32) -> Option<Format> {
    match proto::CircuitFormat::try_from(number).ok()? {
        proto::CircuitFormat::Unspecified => None,
        proto::CircuitFormat::AqoJson => Some(Format::AqoJson),
        proto::CircuitFormat::AqoProto => Some(Format::AqoProto),
        proto::CircuitFormat::Qasm3Text => Some(Format::Qasm3),
        proto::CircuitFormat::BackendNative => Some(Format::Native),
    }
}

pub(super) fn execution(execution: Execution) -> proto::ExecuteCircuitResponse {
    proto::ExecuteCircuitResponse {
        counts: execution.counts,
        execution_time_sec: execution.duration.as_secs_f64(),
        metadata: execution.metadata.into_iter().collect(),
    }
}

pub(super) fn device_info(device: Device) -> proto::DeviceInfo {
    let max_qubits = device.max_qubits();
    let max_clifford = device.limit(CircuitClass::Clifford);
    let mut capabilities = device.capabilities;
    let mut add = |key: &str, value: String| {
        capabilities.entry(key.to_owned()).or_insert(value);
    };
    add("provider", device.provider);
    add("formats", formats(&device.forms));
    add("ops", device.gates.iter().map(|gate| gate.to_string().to_uppercase()).collect::<Vec<_>>().join(","));
    add("as_of", rfc3339(device.state.as_of));
    if let Some(qubits) = max_qubits {
        add("max_qubits", qubits.to_string());
    }
    if let Some(qubits) = max_clifford {
        add("max_qubits.clifford", qubits.to_string());
    }
    if let Some(shots) = device.max_shots {
        add("max_shots", shots.to_string());
    }
    if let Some(calibration) = device.calibration_id {
        add("calibration_id", calibration);
    }
    proto::DeviceInfo {
        device_id: device.id.to_string(),
        name: device.name,
        backend_type: device.backend_type,
        status: status(device.state.status).into(),
        queue_depth: clamped(device.state.queue_depth.into()),
        estimated_wait_sec: clamped(device.state.estimated_wait.map_or(0, |wait| wait.as_secs())),
        capabilities: capabilities.into_iter().collect(),
    }
}

pub(super) fn device_status(answer: Status) -> proto::GetDeviceStatusResponse {
    let mut metadata = answer.state.metadata;
    metadata.insert("driver".to_owned(), answer.driver);
    metadata.insert("as_of".to_owned(), rfc3339(answer.state.as_of));
    if let Some(reason) = answer.stale {
        metadata.insert("stale".to_owned(), "true".to_owned());
        metadata.insert("stale_reason".to_owned(), reason);
    }
    proto::GetDeviceStatusResponse {
        device_id: answer.device_id.to_string(),
        status: status(answer.state.status).into(),
        queue_depth: clamped(answer.state.queue_depth.into()),
        estimated_wait_sec: clamped(answer.state.estimated_wait.map_or(0, |wait| wait.as_secs())),
        metadata: metadata.into_iter().collect(),
    }
}

/// What callers may send: the host reads AQO and OpenQASM itself for every driver that takes any
/// form it can produce.
fn formats(forms: &[CircuitForm]) -> String {
    let mut formats = Vec::new();
    if forms.contains(&CircuitForm::Gates) {
        formats.extend(["AQO_JSON", "QASM3_TEXT"]);
    }
    if forms.contains(&CircuitForm::Native) {
        formats.push("BACKEND_NATIVE");
    }
    formats.join(",")
}

fn status(status: DeviceStatus) -> proto::DeviceStatus {
    match status {
        DeviceStatus::Online => proto::DeviceStatus::Online,
        DeviceStatus::Offline => proto::DeviceStatus::Offline,
        DeviceStatus::Calibrating => proto::DeviceStatus::Calibrating,
        DeviceStatus::Maintenance => proto::DeviceStatus::Maintenance,
        DeviceStatus::Error => proto::DeviceStatus::ErrorStatus,
    }
}

fn clamped(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn rfc3339(time: std::time::SystemTime) -> String {
    let format = &time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::from(time).format(format).unwrap_or_default()
}
