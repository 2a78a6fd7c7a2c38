//! Errors on demand: for callers who want to see how they cope.

use serde_json::json;
use tonic::Code;

use crate::stage::{BELL, aqo, host_with, is, refusal, run, run_on, with};

#[tokio::test]
async fn a_caller_may_ask_for_the_two_errors_in_any_case_where_the_operator_allows_it() {
    for fault in ["UNAVAILABLE", "unavailable", " Unavailable "] {
        let refused = refusal(with(aqo(BELL, 10), &[("simulate_error", fault)])).await;
        is(&refused, Code::Unavailable, "EIGEN_BACKEND_UNAVAILABLE", "simulated");
        assert_eq!((refused.1.said("taxonomy"), refused.1.said("provider")), ("network", "simulator"));
    }
    for fault in ["RESOURCE_EXHAUSTED", "resource_exhausted"] {
        let refused = refusal(with(aqo(BELL, 10), &[("simulate_error", fault)])).await;
        is(&refused, Code::ResourceExhausted, "EIGEN_BACKEND_QUOTA", "simulated");
        assert_eq!(refused.1.said("taxonomy"), "quota");
    }
    let unknown = refusal(with(aqo(BELL, 10), &[("simulate_error", "INTERNAL")])).await;
    is(&unknown, Code::InvalidArgument, "EIGEN_BACKEND_INVALID_ARGUMENT", "simulate_error");
    run(with(aqo(BELL, 10), &[("simulate_error", "")])).await;
}

#[tokio::test]
async fn an_error_that_was_asked_for_is_not_held_against_the_device_nor_asked_for_again() {
    let host = host_with(json!({ "fault_injection": "true" })).await;
    for _ in 0..40 {
        let request = with(aqo(BELL, 10), &[("simulate_error", "UNAVAILABLE")]);
        let refused = host.client().await.execute_circuit(request).await.unwrap_err();
        assert!(refused.message().contains("simulated"), "{refused:?}");
    }
    run_on(&host, aqo(BELL, 10)).await;
    let attempts = [("driver", "simulator"), ("operation", "execute_circuit"), ("outcome", "unavailable")];
    assert!((host.metric("eigen_driver_attempts_total", &attempts).await - 40.0).abs() < 0.5);
}

#[tokio::test]
async fn the_hook_is_off_by_default() {
    let host = host_with(json!({})).await;
    for fault in ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "anything"] {
        run_on(&host, with(aqo(BELL, 10), &[("simulate_error", fault)])).await;
    }
}
