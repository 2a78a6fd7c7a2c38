//! The scripted provider: hosts that have it, requests with scripts, and what was submitted.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::Result;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tonic::Status;

use crate::host::{Host, Programs};
use crate::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse};

const CIRCUIT: &str = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
const SHOTS: i32 = 16;

/// A host with the scripted driver `lab`, under these limits and these sections of the config.
pub async fn host(programs: &Programs, folder: &Path, limits: Value, mut more: Value) -> Result<Host> {
    more["drivers"]["lab"] = json!({ "component": programs.scripted, "trust": "none", "limits": limits });
    // What the provider says is how submissions are counted.
    more["log"] = json!({ "level": "warn,driver_manager::guest=info", "format": "json" });
    programs.start(folder, more).await
}

/// A request with a script.
pub fn request(job: &str, device: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: job.to_owned(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload { format: CircuitFormat::AqoJson.into(), data: CIRCUIT.into() }),
        shots: SHOTS,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

/// Sends one.
pub async fn send(host: &Host, request: ExecuteCircuitRequest) -> Result<ExecuteCircuitResponse, Status> {
    host.client.clone().execute_circuit(request).await.map(tonic::Response::into_inner)
}

/// Sends all of them, so many at once.
pub async fn send_all(
    host: &Host,
    requests: impl IntoIterator<Item = ExecuteCircuitRequest>,
    at_once: usize,
) -> Vec<Result<ExecuteCircuitResponse, Status>> {
    let sent = futures::stream::iter(requests.into_iter().map(|request| send(host, request)));
    sent.buffer_unordered(at_once).collect().await
}

/// How often each job was submitted, by the provider's own word.
pub fn submissions(folder: &Path) -> Result<HashMap<String, usize>> {
    let mut count = HashMap::new();
    for line in fs::read_to_string(folder.join("log"))?.lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        if line["message"] == "submitted" {
            *count.entry(line["job_id"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    Ok(count)
}
