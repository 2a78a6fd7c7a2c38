//! Hosts with scripted drivers, requests with scripts, and what was submitted.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use driver_manager::grpc::proto::{ExecuteCircuitRequest, ExecuteCircuitResponse};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::guests::{bell, fixture, host, merge};
use crate::support::host::{Client, Host};

/// A host with the scripted drivers `lab` and `other`; `more` is merged into its config.
pub async fn scripted_host(more: Value) -> Host {
    let limits = json!({ "instances": 64, "memory": "16MiB", "log_rate": "64MiB" });
    let mut config = json!({
        "plugins": { "directories": [] },
        "drivers": { "lab": fixture("scripted", limits.clone()), "other": fixture("scripted", limits) },
    });
    merge(&mut config, more);
    host(&config).await
}

/// A request for a device, with a script and further options.
pub fn scripted(job: &str, device: &str, script: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    let mut request = bell(job, device, options);
    request.options.insert("script".to_owned(), script.to_owned());
    request
}

/// Sends it.
pub async fn send(client: &Client, request: ExecuteCircuitRequest) -> Result<ExecuteCircuitResponse, Status> {
    client.clone().execute_circuit(request).await.map(tonic::Response::into_inner)
}

/// Sends it and expects an answer.
pub async fn answered(client: &Client, request: ExecuteCircuitRequest) -> ExecuteCircuitResponse {
    let job = request.job_id.clone();
    send(client, request).await.unwrap_or_else(|status| panic!("{job}: {status:?}"))
}

/// Sends it and expects a refusal with this code.
#[track_caller]
pub fn is_refused(answer: Result<ExecuteCircuitResponse, Status>, code: Code) -> Status {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), code, "{status:?}");
    status
}

/// When a refusal says that another try makes sense.
pub fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// How often each job was submitted, by the driver's own word, once `expected` submissions were logged.
pub async fn submissions(host: &Host, expected: usize) -> HashMap<String, usize> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let mut count = HashMap::new();
        for line in host.log().text().lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            if line["message"] == "submitted" {
                *count.entry(line["job_id"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        if count.values().sum::<usize>() >= expected {
            return count;
        }
        assert!(Instant::now() < end, "{count:?} instead of {expected} submissions");
        tokio::task::yield_now().await;
    }
}

/// Breakers that open quickly and stay open for a moment.
pub fn quick_breaker() -> Value {
    json!({ "resilience": {
        "retry": { "attempts": 1 },
        "breaker": { "consecutive_failures": 3, "open_for": "300ms", "open_longest": "300ms", "close_after": 1 },
    } })
}
