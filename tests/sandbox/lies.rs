//! Answers that cannot be true: never passed on, and the neighbours are served as ever.

use serde_json::{Value, json};
use tonic::{Code, Request};

use crate::stage::{all_is_well, condemned, neighbour_is_well, stage};
use crate::support::guests::{Refusal, SHOTS, answer, bell, config, event, fixture, host, refusal, text};
use crate::support::host::Host;
use driver_manager::grpc::proto::ListDevicesRequest;

async fn caught(lie: &str) -> (Refusal, String) {
    let client = stage().await.client().await;
    let job = format!("lie-{lie}");
    let refused = refusal(&client, bell(&job, "fixture:lies", &[("lie", lie)])).await;
    refused.is(Code::Internal, "EIGEN_BACKEND_INTERNAL", "internal");
    assert_eq!(refused.provider, "lies", "{refused:#?}");
    (refused, job)
}

#[tokio::test]
async fn counts_that_cannot_be_true_are_never_passed_on() {
    let lies = [
        ("too-few", "counts add up to 99 instead of 100"),
        ("too-many", "counts add up to 101 instead of 100"),
        ("overflow", "over 2^63"),
        ("too-long", "a bitstring has 3 characters instead of 2"),
        ("too-short", "a bitstring has 1 characters instead of 2"),
        ("letters", "characters other than 0 and 1"),
        ("twice", "the same bitstring comes twice"),
        ("empty", "counts add up to 0 instead of 100"),
    ];
    for (lie, how) in lies {
        let (refused, job) = caught(lie).await;
        assert_eq!(refused.message, "driver `lies` gave a malformed answer", "{lie}");
        let failed = event(stage().await, "execution_failed", &job).await;
        assert!(text(&failed, "cause").contains(how), "{lie}: {failed}");
    }
    let client = stage().await.client().await;
    let honest = answer(&client, bell("lie-none", "fixture:lies", &[])).await;
    assert_eq!(honest.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    neighbour_is_well(&client, "lies").await;
}

#[tokio::test]
async fn a_ticket_longer_than_tickets_may_be_ends_the_instance() {
    let (refused, job) = caught("ticket").await;
    assert_eq!(refused.message, "driver `lies` gave a malformed answer");
    let host = stage().await;
    let stopped = condemned(host, "lies", "broken_answer", &job).await;
    assert!(text(&stopped, "cause").contains("a ticket has 2000 bytes; 1024 are allowed"), "{stopped}");
    neighbour_is_well(&host.client().await, &job).await;
}

#[tokio::test]
async fn an_expectation_that_nobody_asked_for_is_not_shown() {
    let client = stage().await.client().await;
    let answer = answer(&client, bell("lie-expectation", "fixture:lies", &[("lie", "expectation")])).await;
    assert_eq!(answer.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    let shown = format!("{:?}", answer.metadata);
    assert!(!shown.contains("energy") && !shown.contains("nobody") && !shown.contains("NaN"), "{shown}");
}

#[tokio::test]
async fn a_message_forges_no_line_of_the_log() {
    let (refused, job) = caught("message").await;
    assert!(refused.message.starts_with("fine"), "{refused:#?}");
    let log = stage().await.log();
    event(stage().await, "execution_failed", &job).await;
    for line in log.all() {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ours: {line:?}"));
        assert!(line["service"] == "driver-manager", "forged: {line}");
    }
    assert!(!log.text().contains('\u{1b}'), "an escape sequence got into the log");
}

/// A host with a driver that lies about its devices.
async fn liar(devices: &str) -> Host {
    let mut liar = fixture("lies", json!({}));
    liar["settings"] = json!({ "devices": devices });
    host(&config(json!({ "lies": liar }))).await
}

async fn refused_at_load(devices: &str, reason: &str, how: &str) {
    let host = liar(devices).await;
    let failed = host.log().wait_for("a refused driver", |line| line["event"] == "driver_load_failed").await;
    assert_eq!((text(&failed, "driver_name"), text(&failed, "reason")), ("lies", reason), "{failed}");
    assert!(text(&failed, "cause").contains(how), "{failed}");
    let client = host.client().await;
    let listed = client.clone().list_devices(Request::new(ListDevicesRequest {})).await.unwrap().into_inner();
    let ids: Vec<_> = listed.devices.iter().map(|device| device.device_id.as_str()).collect();
    assert_eq!(ids, ["cluster:auto", "runtime:deterministic", "sim:local"], "{devices}");
    neighbour_is_well(&client, devices).await;
    let (_, health) = host.http_get("/healthz").await;
    let health: Value = serde_json::from_str(&health).unwrap();
    assert!(text(&health["drivers"]["lies"], "reason").contains(how), "{health}");
}

#[tokio::test]
async fn a_device_without_an_id_is_refused_at_load() {
    refused_at_load("no-id", "PLUGIN_START_FAILED", "a device's id is empty").await;
}

#[tokio::test]
async fn a_device_with_an_overlong_id_is_refused_at_load() {
    refused_at_load("long-id", "PLUGIN_START_FAILED", "a device's id has 300 bytes; 256 are allowed").await;
}

#[tokio::test]
async fn a_device_that_takes_no_circuit_is_refused_at_load() {
    refused_at_load("no-forms", "PLUGIN_START_FAILED", "lists no circuit form").await;
}

#[tokio::test]
async fn a_device_listed_twice_is_refused_at_load() {
    refused_at_load("twice", "PLUGIN_START_FAILED", "`fixture:lies` twice").await;
}

#[tokio::test]
async fn a_coupling_to_qubits_that_do_not_exist_is_refused_at_load() {
    refused_at_load("coupling", "PLUGIN_START_FAILED", "couples qubits 0 and 0").await;
}

#[tokio::test]
async fn another_driver_s_device_cannot_be_taken_over() {
    refused_at_load("simulator", "PLUGIN_CONFLICT_DEVICE", "already belongs to driver `simulator`").await;
}

#[tokio::test]
async fn a_device_without_limits_still_serves() {
    let host = liar("no-limits").await;
    let client = host.client().await;
    let first = answer(&client, bell("unlimited", "fixture:lies", &[])).await;
    assert_eq!(first.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    refusal(&client, bell("unlimited-lie", "fixture:lies", &[("lie", "ticket")])).await;
    all_is_well(&host, &client, "fixture:lies", "unlimited").await;
}
