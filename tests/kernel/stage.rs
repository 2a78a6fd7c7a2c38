//! The shared host, and a Kernel's way to call it.

use std::collections::HashMap;

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse,
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tonic::{Code, Status};

use crate::support::details::Details;
use crate::support::host::{Client, Host};

/// The simulator's first device.
pub const SIMULATOR: &str = "sim:local";
/// A Bell circuit.
pub const BELL: &str = r#"{"version":"1.0.0","qubits":2,"operations":[
    {"op":"H","q":[0]},{"op":"CX","q":[0,1]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;

/// The shared host: as in the example configuration, callers may ask for errors.
pub async fn host() -> &'static Host {
    static HOST: OnceCell<Host> = OnceCell::const_new();
    HOST.get_or_init(async || host_with(json!({ "fault_injection": "true" })).await).await
}

/// A host with these settings of the simulator.
pub async fn host_with(settings: Value) -> Host {
    let drivers = json!({ "simulator": { "settings": settings } });
    Host::start(&json!({ "plugins": { "directories": [] }, "drivers": drivers }).to_string()).await
}

/// A client of the shared host on a connection of its own, as a Kernel makes one for every call.
pub async fn kernel() -> Client {
    host().await.client().await
}

/// A request to run an AQO circuit, which a Kernel without metadata would send.
pub fn aqo(circuit: impl ToString, shots: i32) -> ExecuteCircuitRequest {
    request(CircuitFormat::AqoJson, circuit.to_string().into_bytes(), shots)
}

/// A request to run an OpenQASM program.
pub fn qasm(program: &str, shots: i32) -> ExecuteCircuitRequest {
    let text = format!("OPENQASM 3.0;\ninclude \"stdgates.inc\";\n{program}");
    request(CircuitFormat::Qasm3Text, text.into_bytes(), shots)
}

fn request(format: CircuitFormat, data: Vec<u8>, shots: i32) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: SIMULATOR.to_owned(),
        payload: Some(CircuitPayload { format: format as i32, data }),
        shots,
        options: HashMap::new(),
    }
}

/// An AQO 1.0.0 circuit of these operations.
pub fn circuit(qubits: u32, operations: Value) -> Value {
    json!({ "version": "1.0.0", "qubits": qubits, "operations": operations })
}

/// The request with these options.
pub fn with(mut request: ExecuteCircuitRequest, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    request.options.extend(options);
    request
}

/// The request for a job.
pub fn of_job(request: ExecuteCircuitRequest, job: &str) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest { job_id: job.to_owned(), ..request }
}

/// The answer to a request, over a new connection, with all shots in its counts.
pub async fn run(request: ExecuteCircuitRequest) -> ExecuteCircuitResponse {
    run_on(host().await, request).await
}

/// [`run`] on another host.
pub async fn run_on(host: &Host, request: ExecuteCircuitRequest) -> ExecuteCircuitResponse {
    let shots = i64::from(request.shots);
    let answer = host.client().await.execute_circuit(request).await;
    let answer = answer.unwrap_or_else(|status| panic!("refused: {status:?}")).into_inner();
    assert_eq!(answer.counts.values().sum::<i64>(), shots, "{answer:?}");
    answer
}

/// The counts of a circuit whose outcome is certain: its only bitstring.
pub async fn outcome(request: ExecuteCircuitRequest) -> String {
    let answer = run(request).await;
    assert_eq!(answer.counts.len(), 1, "not certain: {:?}", answer.counts);
    answer.counts.into_keys().next().unwrap_or_default()
}

/// The refusal of a request, over a new connection, and its details.
pub async fn refusal(request: ExecuteCircuitRequest) -> (Status, Details) {
    let job = request.job_id.clone();
    match kernel().await.execute_circuit(request).await {
        Ok(answer) => panic!("answered: {answer:?}"),
        Err(status) => {
            let details = Details::of(&status, &job).unwrap_or_else(|why| panic!("{why}: {status:?}"));
            (status, details)
        }
    }
}

/// Checks a refusal's status and reason, and that its message holds a text.
#[track_caller]
pub fn is(refusal: &(Status, Details), code: Code, reason: &str, text: &str) {
    let (status, details) = refusal;
    assert_eq!((status.code(), details.reason.as_str()), (code, reason), "{status:?}");
    assert!(status.message().contains(text), "no {text:?} in {status:?}");
}
