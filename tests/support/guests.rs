//! Hosts that run the misbehaving drivers of `tests/guests`, and what a caller sees of them.

use std::path::Path;
use std::time::Duration;

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse,
};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::host::{Client, Host};

/// Two qubits, entangled and measured; every fixture takes it.
pub const BELL: &str = r#"{"version":"1.0.0","qubits":2,"operations":[
    {"op":"H","q":[0]},{"op":"CX","q":[0,1]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
/// Shots of every request.
pub const SHOTS: i32 = 100;

/// The entry of a driver that runs the component of a fixture, with limits of its own.
///
/// # Panics
/// When the fixtures are not built.
pub fn fixture(name: &str, limits: Value) -> Value {
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/guests/dist/{name}.wasm"));
    assert!(component.is_file(), "no {}: run `cargo xtask guests --fixtures`", component.display());
    json!({ "component": component, "limits": limits, "trust": "none" })
}

/// A configuration with these drivers and the built-in simulator. JSON is YAML, so it can be written out
/// as it is.
pub fn config(drivers: Value) -> Value {
    json!({ "plugins": { "directories": [] }, "drivers": drivers })
}

/// Puts sections into a configuration, key by key.
pub fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// A host with this configuration.
pub async fn host(config: &Value) -> Host {
    Host::start(&config.to_string()).await
}

/// A Bell circuit for a device. Keep the job's name unique in its host: it is how log lines are found.
pub fn bell(job: &str, device: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: job.to_owned(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload {
            format: CircuitFormat::AqoJson as i32,
            data: BELL.as_bytes().to_vec(),
        }),
        shots: SHOTS,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

/// Sends a Bell circuit and expects an answer.
pub async fn answer(client: &Client, request: ExecuteCircuitRequest) -> ExecuteCircuitResponse {
    let device = request.device_id.clone();
    let answer = client.clone().execute_circuit(request).await;
    answer.unwrap_or_else(|status| panic!("{device} refused: {status:?}")).into_inner()
}

/// Sends a Bell circuit and expects a refusal.
pub async fn refusal(client: &Client, request: ExecuteCircuitRequest) -> Refusal {
    let device = request.device_id.clone();
    match client.clone().execute_circuit(request).await {
        Ok(answer) => panic!("{device} answered: {answer:?}"),
        Err(status) => Refusal::new(&status),
    }
}

/// A status with the details that every status has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub code: Code,
    /// Its message.
    pub message: String,
    /// Of the `ErrorInfo`.
    pub reason: String,
    /// The class of failure.
    pub taxonomy: String,
    /// What to do about it.
    pub remediation: String,
    /// Who says so.
    pub provider: String,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the details.
    ///
    /// # Panics
    /// When they are missing, or are not ours.
    pub fn new(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
        assert_eq!(info.domain, "eigen.driver_manager");
        let said = |key: &str| info.metadata.get(key).cloned().unwrap_or_default();
        Self {
            code: status.code(),
            message: status.message().to_owned(),
            reason: info.reason.clone(),
            taxonomy: said("taxonomy"),
            remediation: said("remediation"),
            provider: said("provider"),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }

    /// Checks status, reason and taxonomy; panics with all of it if one differs.
    #[track_caller]
    pub fn is(&self, code: Code, reason: &str, taxonomy: &str) -> &Self {
        let found = (self.code, self.reason.as_str(), self.taxonomy.as_str());
        assert_eq!(found, (code, reason, taxonomy), "{self:#?}");
        self
    }

    /// Checks that the message says what the limit is, and the remediation which key raises it.
    #[track_caller]
    pub fn names(&self, limit: &str, key: &str) -> &Self {
        assert!(self.message.contains(limit), "no {limit:?} in the message: {self:#?}");
        assert!(self.remediation.contains(key), "no {key:?} in the remediation: {self:#?}");
        self
    }
}

/// Waits for the line of an event about a job.
pub async fn event(host: &Host, name: &str, job: &str) -> Value {
    let what = format!("event {name} of job {job}");
    host.log().wait_for(&what, |line| line["event"] == name && line["job_id"] == job).await
}

/// The text of a field, or "".
pub fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_default()
}
