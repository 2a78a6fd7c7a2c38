//! All cases in one host.

use driver_manager::grpc::proto::ExecuteCircuitRequest;
use serde_json::json;
use tokio::task::JoinSet;
use tonic::Code;

use crate::case::{Case, all_are_refused, good};
use crate::support::details::Details;
use crate::support::host::Host;
use crate::{aqo, fields, qasm, raw};

/// A host that says little, whose callers may ask for errors, and that soon has enough of a loop.
async fn host() -> Host {
    let config = json!({
        "plugins": { "directories": [] },
        "log": { "level": "warn" },
        "circuits": { "max_operations": 100_000 },
        "drivers": { "simulator": { "settings": { "fault_injection": "true" } } },
    });
    Host::start(&config.to_string()).await
}

fn cases() -> Vec<Case> {
    [fields::cases(), aqo::cases(), qasm::cases(), raw::cases()].into_iter().flatten().collect()
}

#[tokio::test]
async fn every_malformed_request_is_refused_as_the_contract_says_and_hurts_nobody() {
    let host = host().await;
    let client = host.client().await;
    let count = all_are_refused(&host, &client, cases()).await;
    println!("{count} malformed requests");
    assert!(count >= 200, "{count}");
    let answer = client.clone().execute_circuit(good()).await.unwrap().into_inner();
    assert_eq!(answer.counts.values().sum::<i64>(), 10);
    let log = host.log().text();
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn everything_missing_is_told_at_once() {
    let host = host().await;
    let mut client = host.client().await;
    let status = client.execute_circuit(ExecuteCircuitRequest::default()).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "validation failed"));
    let details = Details::of(&status, "").unwrap();
    let told: Vec<_> =
        details.violations.iter().map(|(field, text)| (field.as_str(), text.as_str())).collect();
    let required = "field is required";
    let wanted = [
        ("device_id", required),
        ("payload.format", required),
        ("payload.data", required),
        ("shots", "must be > 0"),
    ];
    assert_eq!(told, wanted);
    assert_eq!((details.said("provider"), details.said("retryable")), ("", "false"));
}

#[tokio::test]
async fn many_callers_with_nonsense_do_not_disturb_one_with_sense() {
    let host = std::sync::Arc::new(host().await);
    let mut nonsense = JoinSet::new();
    for cases in [aqo::cases(), qasm::cases(), fields::cases(), raw::cases()] {
        let (host, client) = (std::sync::Arc::clone(&host), host.client().await);
        nonsense.spawn(async move { all_are_refused(&host, &client, cases).await });
    }
    let mut client = host.client().await;
    let mut answered = 0;
    while nonsense.try_join_next().is_none() {
        let answer = client.execute_circuit(good()).await.unwrap().into_inner();
        assert_eq!(answer.counts.values().sum::<i64>(), 10);
        answered += 1;
    }
    nonsense.join_all().await;
    assert!(answered > 1, "the nonsense was over at once");
}
