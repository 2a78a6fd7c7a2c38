//! One malformed request, and what must come of it.

use driver_manager::grpc::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::host::Client;

/// What a refusal has to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    code: Code,
    reason: &'static str,
    taxonomy: &'static str,
    retryable: bool,
    /// In the message, or in one of the violations.
    says: &'static str,
}

/// The request or its circuit is wrong.
pub const fn invalid(says: &'static str) -> Wanted {
    let (code, reason) = (Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT");
    Wanted { code, reason, taxonomy: "internal", retryable: false, says }
}

/// The format, the opcode or the construct is known, but not offered.
pub const fn unimplemented(says: &'static str) -> Wanted {
    let (code, reason) = (Code::Unimplemented, "EIGEN_BACKEND_PROVIDER");
    Wanted { code, reason, taxonomy: "provider", retryable: false, says }
}

/// Nobody has the device.
pub const fn unknown_device(says: &'static str) -> Wanted {
    let (code, reason) = (Code::NotFound, "EIGEN_BACKEND_INVALID_ARGUMENT");
    Wanted { code, reason, taxonomy: "provider", retryable: false, says }
}

/// The version is another major's.
pub const fn precondition(says: &'static str) -> Wanted {
    let (code, reason) = (Code::FailedPrecondition, "EIGEN_BACKEND_PRECONDITION");
    Wanted { code, reason, taxonomy: "runtime", retryable: false, says }
}

/// Larger than a bound.
pub const fn too_large(says: &'static str) -> Wanted {
    let (code, reason) = (Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY");
    Wanted { code, reason, taxonomy: "quota", retryable: true, says }
}

/// A malformed request.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is wrong with it, for the failure's message.
    pub name: String,
    /// The request.
    pub request: ExecuteCircuitRequest,
    /// What must come of it.
    pub wanted: Wanted,
}

/// A good request of this circuit for the simulator.
pub fn request(format: CircuitFormat, circuit: impl Into<Vec<u8>>) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: "malformed".to_owned(),
        device_id: "sim:local".to_owned(),
        payload: Some(CircuitPayload { format: format as i32, data: circuit.into() }),
        shots: 10,
        options: std::collections::HashMap::new(),
    }
}

/// The circuit that nothing is wrong with.
pub fn good() -> ExecuteCircuitRequest {
    request(CircuitFormat::AqoJson, crate::support::guests::BELL)
}

/// Checks a status against what is wanted; what differs, if anything does.
pub fn differences(status: &Status, wanted: &Wanted) -> Vec<String> {
    let details = status.get_error_details();
    let mut wrong = Vec::new();
    let mut check = |what: &str, holds: bool| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    check("code", status.code() == wanted.code);
    let Some(info) = details.error_info() else {
        return vec![format!("no ErrorInfo: {status:?}")];
    };
    check("reason", info.reason == wanted.reason);
    check("domain", info.domain == "eigen.driver_manager");
    let said = |key: &str| info.metadata.get(key).map(String::as_str);
    check("taxonomy", said("taxonomy") == Some(wanted.taxonomy));
    check("retryable", said("retryable") == Some(if wanted.retryable { "true" } else { "false" }));
    check("RetryInfo", details.retry_info().is_some() == wanted.retryable);
    for key in ["correlation_id", "remediation"] {
        check(key, said(key).is_some_and(|text| !text.is_empty()));
    }
    for key in ["job_id", "provider", "trace", "job_timeline", "precondition"] {
        check(key, said(key).is_some());
    }
    let violations =
        details.bad_request().map(|request| request.field_violations.as_slice()).unwrap_or_default();
    let text = violations.iter().map(|it| format!("{}: {}", it.field, it.description));
    let text: Vec<String> = text.chain([status.message().to_owned()]).collect();
    check(&format!("{:?} in its text", wanted.says), text.iter().any(|text| text.contains(wanted.says)));
    if wanted.code == Code::InvalidArgument {
        check("BadRequest", !violations.is_empty());
    }
    if wanted.code == Code::FailedPrecondition {
        check("PreconditionFailure", details.precondition_failure().is_some());
    }
    wrong
}

/// Sends all cases; panics with every one that is not refused as wanted. Gives how many there were.
pub async fn all_are_refused(client: &Client, cases: Vec<Case>) -> usize {
    let mut wrong = Vec::new();
    let count = cases.len();
    for Case { name, request, wanted } in cases {
        match client.clone().execute_circuit(request).await {
            Ok(answer) => wrong.push(format!("{name}: answered {answer:?}")),
            Err(status) => {
                let differences = differences(&status, &wanted);
                if !differences.is_empty() {
                    let said = format!("{:?}: {}", status.code(), status.message());
                    wrong.push(format!("{name}: wrong {}\n    {said}", differences.join(", ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    count
}
