//! What a refusal says: who is meant, where to look, whom to ask.

use std::collections::HashSet;

use serde_json::json;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::stage::{BELL, aqo, circuit, is, kernel, of_job, qasm, refusal};
use crate::support::details::Details;

/// The correlation id of a refusal under these headers.
async fn correlation(headers: &[(&'static str, &str)]) -> String {
    let mut request = Request::new(aqo(BELL, 0));
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    let status = kernel().await.execute_circuit(request).await.unwrap_err();
    Details::of(&status, "").unwrap().said("correlation_id").to_owned()
}

#[tokio::test]
async fn a_refusal_carries_the_callers_correlation_id_or_a_new_one() {
    let both = [("x-correlation-id", "corr-1"), ("x-request-id", "req-1")];
    assert_eq!(correlation(&both).await, "corr-1");
    assert_eq!(correlation(&both[1..]).await, "req-1");
    assert_eq!(correlation(&[("x-correlation-id", ""), both[1]]).await, "req-1");
    let long = "y".repeat(4000);
    assert_eq!(correlation(&[("x-correlation-id", &long)]).await, &long[..128]);
    let mut fresh = HashSet::new();
    for _ in 0..3 {
        let id = correlation(&[]).await;
        assert!(id.len() == 36 && id.bytes().filter(|&byte| byte == b'-').count() == 4, "no UUID: {id:?}");
        assert!(fresh.insert(id), "the same UUID twice");
    }
}

#[tokio::test]
async fn a_refusal_about_a_job_leads_to_the_job() {
    // `Details::of` checks timeline and resource of every refusal; here they are spelled out once.
    let (_, details) = refusal(of_job(aqo(BELL, 0), "job-7")).await;
    assert_eq!(details.said("job_id"), "job-7");
    assert_eq!(details.said("job_timeline"), "qfs://jobs/job-7/timeline.json");
    let (_, details) = refusal(aqo(BELL, 0)).await;
    assert_eq!((details.said("job_id"), details.said("job_timeline")), ("", ""));
}

#[tokio::test]
async fn who_says_no_is_named() {
    let of_request = refusal(aqo(BELL, 0)).await;
    is(&of_request, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "validation failed");
    assert_eq!(of_request.1.said("provider"), "");
    let mut request = aqo(BELL, 1);
    "sim:elsewhere".clone_into(&mut request.device_id);
    let of_registry = refusal(request).await;
    is(&of_registry, Code::NotFound, "EIGEN_BACKEND_INVALID_ARGUMENT", "sim:elsewhere");
    assert_eq!(of_registry.1.said("provider"), "driver_registry");
    let of_manager = refusal(aqo(circuit(27, json!([{"op": "T", "q": [0]}])), 1)).await;
    is(&of_manager, Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "Simulator Out of Memory");
    assert_eq!(of_manager.1.said("provider"), "driver_manager");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_circuit_is_told_at_once_and_where() {
    let operations = json!([
        {"op": "X", "q": [5]},
        {"op": "X", "q": [0]},
        {"op": "CX", "q": [1, 1]},
        {"op": "FLIP", "q": [0]},
    ]);
    let (_, details) = refusal(aqo(circuit(2, operations), 1)).await;
    let fields: Vec<_> = details.violations.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "payload.data.operations[0].q[0]",
            "payload.data.operations[2].q[1]",
            "payload.data.operations[3].op"
        ]
    );
    assert!(details.violations.iter().all(|(_, text)| text.contains("line 1, column")), "{details:?}");
}

#[tokio::test]
async fn the_message_is_of_the_error_that_decides_the_status() {
    // Too large comes first in the document, plainly wrong decides.
    let refused = refusal(aqo(circuit(20_000, json!([{"op": "FLIP", "q": [0]}])), 1)).await;
    is(&refused, Code::InvalidArgument, "EIGEN_INVALID_ARGUMENT", "operations[0].op");
    assert_eq!(refused.1.violations.len(), 2, "{refused:?}");
}

#[tokio::test]
async fn a_wrong_program_comes_back_with_its_lines_and_carets() {
    let text = "qubit[2] q;\ncnto q[0], q[1];\nh q[7];\n";
    let (status, _) = refusal(qasm(text, 10)).await;
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 2, "{violations:?}");
    let told: Vec<_> = violations.iter().map(|violation| violation.description.as_str()).collect();
    assert!(told[0].starts_with("line 4, column 1: unknown gate `cnto` (did you mean `cx`?)"), "{told:?}");
    assert!(told[0].ends_with("\ncnto q[0], q[1];\n^^^^"), "{told:?}");
    assert!(told[1].starts_with("line 5") && told[1].contains("\nh q[7];\n"), "{told:?}");
}
