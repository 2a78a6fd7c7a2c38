//! Another device takes over, where the operator allows it and nothing can have been submitted.

use driver_manager::grpc::admin::proto::set_breaker_request::Which;
use driver_manager::grpc::admin::proto::{BreakerState, SetBreakerRequest};
use serde_json::{Value, json};
use tonic::Code;

use crate::stage::{answered, is_refused, scripted, scripted_host, send, submissions};

fn fallback(more: &Value) -> Value {
    let mut rule = json!({ "device": "lab:paid", "fallback": "sim:local" });
    for (key, value) in more.as_object().unwrap() {
        rule[key] = value.clone();
    }
    json!({ "resilience": { "retry": { "attempts": 1 }, "fallbacks": [rule] } })
}

#[tokio::test]
async fn the_simulator_takes_over_and_the_answer_says_so() {
    let host = scripted_host(fallback(&json!({}))).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:paid", "down", &[])).await;
    let told = |key: &str| answer.metadata[key].as_str();
    assert_eq!((told("executed_on"), told("driver")), ("sim:local", "simulator"));
    assert_eq!((told("failover_from"), told("failover_reason")), ("lab:paid", "unavailable"));
    assert_eq!(answer.counts.values().sum::<i64>(), 100);
    let taken = [("driver", "lab"), ("to_driver", "simulator"), ("trigger", "unavailable")];
    assert!((host.metric("eigen_driver_failovers_total", &taken).await - 1.0).abs() < 0.5);
    // The request counts for the driver that answered.
    let answered = [("driver", "simulator"), ("operation", "execute_circuit"), ("status", "OK")];
    assert!((host.metric("eigen_driver_requests_total", &answered).await - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn a_request_that_wants_its_device_gets_it_or_nothing() {
    let host = scripted_host(fallback(&json!({}))).await;
    let client = host.client().await;
    let strict = scripted("j", "lab:paid", "down", &[("dm.failover", "never")]);
    is_refused(send(&client, strict).await, Code::Unavailable);
    let well = answered(&client, scripted("k", "lab:paid", "ok", &[])).await;
    assert_eq!(well.metadata["executed_on"], "lab:paid");
    assert!(!well.metadata.contains_key("failover_from"));
}

#[tokio::test]
async fn nothing_takes_over_what_may_have_been_submitted() {
    let on = json!({ "on": ["UNAVAILABLE", "FAILED_PRECONDITION", "INTERNAL", "DEADLINE_EXCEEDED"] });
    let host = scripted_host(fallback(&on)).await;
    let client = host.client().await;
    is_refused(send(&client, scripted("j", "lab:paid", "lost", &[])).await, Code::FailedPrecondition);
    is_refused(send(&client, scripted("k", "lab:paid", "broken", &[])).await, Code::Internal);
    assert_eq!(submissions(&host, 1).await, [("j".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_device_that_cannot_run_the_circuit_is_passed_over() {
    let rules = json!([
        { "device": "lab:paid", "fallback": "other:small" },
        { "device": "lab:paid", "fallback": "nowhere" },
        { "device": "lab:paid", "fallback": "other:again" },
    ]);
    let host = scripted_host(json!({ "resilience": { "fallbacks": rules } })).await;
    let client = host.client().await;
    let mut operator = crate::support::operator::Operator::of(&host).await;
    let which = Some(Which::DeviceId("lab:paid".to_owned()));
    let hold = SetBreakerRequest { which, hold: BreakerState::Open.into() };
    operator.client.set_breaker(hold).await.unwrap();
    let answer = answered(&client, scripted("j", "lab:paid", "ok", &[])).await;
    assert_eq!(answer.metadata["executed_on"], "other:again");
}

#[tokio::test]
async fn a_long_queue_is_avoided_and_returned_to_if_the_other_does_no_better() {
    let rules =
        json!([{ "device": "lab:queue", "fallback": "other:again", "on": [], "queue_longer_than": 10 }]);
    let host =
        scripted_host(json!({ "resilience": { "retry": { "attempts": 1 }, "fallbacks": rules } })).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:queue", "ok", &[])).await;
    assert_eq!(
        (answer.metadata["executed_on"].as_str(), answer.metadata["failover_reason"].as_str()),
        ("other:again", "queue_of_50")
    );
}

#[tokio::test]
async fn an_open_breaker_moves_requests_without_asking_the_dead() {
    let mut config = fallback(&json!({}));
    config["resilience"]["breaker"] =
        json!({ "consecutive_failures": 2, "open_for": "1h", "open_longest": "1h" });
    let host = scripted_host(config).await;
    let client = host.client().await;
    let mut reasons = Vec::new();
    for number in 0..50 {
        let answer = answered(&client, scripted(&number.to_string(), "lab:paid", "down", &[])).await;
        reasons.push(answer.metadata["failover_reason"].clone());
    }
    assert_eq!(reasons[..2], ["unavailable", "unavailable"]);
    assert!(reasons[2..].iter().all(|reason| reason == "breaker_open"), "{reasons:?}");
}
