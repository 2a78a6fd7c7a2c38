//! Hosts with slow drivers, and requests that are under way.

use std::path::PathBuf;

use driver_manager::grpc::proto::{CircuitFormat, CircuitPayload};
use driver_manager::grpc::proto::{ExecuteCircuitRequest, ExecuteCircuitResponse};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tonic::Status;

use crate::support::guests::{bell, config, fixture, host};
use crate::support::host::{Client, Host};

/// The device of the driver `slow-ok`.
pub const SLOW: &str = "fixture:slow-ok";
/// Longer than any test: whoever waits for it has failed.
pub const FOREVER: &str = "3600000";
/// The gauge of instances.
pub const CONNECTIONS: &str = "eigen_driver_connections";

/// A request under way.
pub type UnderWay = JoinHandle<Result<ExecuteCircuitResponse, Status>>;

/// Drivers that are slow and that answer later, each with so many instances.
pub fn slow_drivers(instances: u32) -> Value {
    let limits = json!({ "instances": instances, "memory": "16MiB" });
    json!({
        "slow-ok": fixture("slow-ok", limits.clone()),
        "answers-later": fixture("answers-later", limits),
    })
}

/// A host with slow drivers.
pub async fn slow_host(instances: u32) -> Host {
    host(&config(slow_drivers(instances))).await
}

/// The component of a fixture.
pub fn component(name: &str) -> PathBuf {
    let entry = fixture(name, json!({}));
    entry["component"].as_str().unwrap().into()
}

/// A Bell circuit on the slow driver that takes so many milliseconds.
pub fn slow_bell(job: &str, ms: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    let mut request = bell(job, SLOW, options);
    request.options.insert("ms".to_owned(), ms.to_owned());
    request
}

/// A circuit that keeps the simulator busy for minutes.
pub fn long_simulation(job: &str) -> ExecuteCircuitRequest {
    let gates = "h q; t q; ".repeat(4000);
    let qasm =
        format!("OPENQASM 3.0; include \"stdgates.inc\"; qubit[22] q; bit[22] c; {gates} c = measure q;");
    ExecuteCircuitRequest {
        payload: Some(CircuitPayload { format: CircuitFormat::Qasm3Text as i32, data: qasm.into_bytes() }),
        ..bell(job, "sim:local", &[])
    }
}

/// Sends a request without waiting for its answer. Aborting the task hangs up.
pub fn send(client: &Client, request: ExecuteCircuitRequest) -> UnderWay {
    let mut client = client.clone();
    tokio::spawn(async move { client.execute_circuit(request).await.map(tonic::Response::into_inner) })
}

/// Waits until so many instances of a driver serve a call.
pub async fn active(host: &Host, driver: &str, count: u32) {
    host.wait_for_metric(CONNECTIONS, &[("driver", driver), ("state", "active")], is(count)).await;
}

/// Waits until so many instances of a driver wait for a call.
pub async fn idle(host: &Host, driver: &str, count: u32) {
    host.wait_for_metric(CONNECTIONS, &[("driver", driver), ("state", "idle")], is(count)).await;
}

fn is(count: u32) -> impl Fn(f64) -> bool {
    move |value| (value - f64::from(count)).abs() < 0.5
}

/// All shots in the bitstring of zeros, as honest fixtures answer.
#[track_caller]
pub fn is_well(answer: &ExecuteCircuitResponse) {
    assert_eq!(answer.counts, [("00".to_owned(), i64::from(crate::support::guests::SHOTS))].into());
}
