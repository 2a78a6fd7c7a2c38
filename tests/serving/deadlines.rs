//! No caller waits longer than it said, nor than the operator allows.

use std::time::{Duration, Instant};

use driver_manager::grpc::proto::ExecuteCircuitRequest;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tonic::{Code, Request};

use crate::patient;
use crate::stage::{FOREVER, SLOW, active, send, slow_bell, slow_drivers, slow_host};
use crate::support::guests::{Refusal, bell, config, host};
use crate::support::host::Host;

/// The shortest of a call's deadlines, and a time by which it has long passed and none of the others.
const SHORT: Duration = Duration::from_millis(400);
const PROMPT: Duration = Duration::from_secs(15);

async fn stage() -> &'static Host {
    static STAGE: OnceCell<Host> = OnceCell::const_new();
    STAGE.get_or_init(|| slow_host(8)).await
}

/// Sends a request that takes for ever, with this `grpc-timeout`; gives the refusal and how long it took.
async fn refused(
    host: &Host,
    request: ExecuteCircuitRequest,
    grpc_timeout: Option<&str>,
) -> (Refusal, Duration) {
    let mut client = patient::client(host).await;
    let mut request = Request::new(request);
    if let Some(timeout) = grpc_timeout {
        request.metadata_mut().insert("grpc-timeout", timeout.parse().unwrap());
    }
    let started = Instant::now();
    let status = client.execute_circuit(request).await.unwrap_err();
    (Refusal::new(&status), started.elapsed())
}

#[track_caller]
fn came_in_time((refusal, took): &(Refusal, Duration)) {
    refusal.is(Code::DeadlineExceeded, "EIGEN_BACKEND_TIMEOUT", "network");
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(2)), "{refusal:?}");
    // The host's head start over the transport is a few milliseconds.
    let head_start = Duration::from_millis(20);
    assert!(*took + head_start > SHORT && *took < PROMPT, "took {took:?}: {refusal:?}");
}

#[tokio::test]
async fn the_transports_deadline_ends_a_call_with_details() {
    let outcome = refused(stage().await, slow_bell("transport", FOREVER, &[]), Some("400m")).await;
    came_in_time(&outcome);
    outcome.0.names("slow-ok", "dm.timeout");
    assert_eq!(outcome.0.provider, "slow-ok");
}

#[tokio::test]
async fn an_option_sets_a_deadline_too() {
    for (job, key, value) in
        [("unit", "dm.timeout", "400ms"), ("bare", "dm.timeout", "0.4"), ("older", "timeout_sec", "0.4")]
    {
        came_in_time(&refused(stage().await, slow_bell(job, FOREVER, &[(key, value)]), None).await);
    }
}

#[tokio::test]
async fn the_smallest_of_all_deadlines_wins() {
    for (job, transport, option, seconds) in [
        ("transport-wins", "400m", "1h", "3600"),
        ("option-wins", "1H", "400ms", "3600"),
        ("older-wins", "1H", "1h", "0.4"),
    ] {
        let options = [("dm.timeout", option), ("timeout_sec", seconds)];
        came_in_time(&refused(stage().await, slow_bell(job, FOREVER, &options), Some(transport)).await);
    }
}

#[tokio::test]
async fn a_guest_that_computes_is_stopped_as_one_that_sleeps() {
    let request = slow_bell("computes", FOREVER, &[("how", "busy"), ("dm.timeout", "400ms")]);
    came_in_time(&refused(stage().await, request, None).await);
}

#[tokio::test]
async fn a_job_at_the_provider_is_waited_for_no_longer_than_the_deadline() {
    let request = bell("queued", "fixture:answers-later", &[("ms", FOREVER), ("dm.timeout", "400ms")]);
    came_in_time(&refused(stage().await, request, None).await);
}

#[tokio::test]
async fn a_call_that_waits_for_an_instance_keeps_its_deadline() {
    let host = slow_host(1).await;
    let client = host.client().await;
    let first = send(&client, slow_bell("first", FOREVER, &[]));
    active(&host, "slow-ok", 1).await;
    let outcome = refused(&host, slow_bell("second", "1", &[("dm.timeout", "400ms")]), None).await;
    came_in_time(&outcome);
    assert!(outcome.0.message.contains("waiting for a free instance"), "{outcome:?}");
    first.abort();
}

#[tokio::test]
async fn the_operators_deadlines_hold_for_callers_without_one_and_bound_all_others() {
    let with = |deadlines: Value| {
        let mut settings = config(slow_drivers(1));
        settings["deadlines"] = deadlines;
        settings
    };
    let queued = host(&with(json!({ "queued": "400ms" }))).await;
    came_in_time(&refused(&queued, slow_bell("default", FOREVER, &[]), None).await);

    let all = json!({
        "longest": "400ms", "queued": "400ms", "simulator": "400ms", "status": "400ms", "calibrate": "400ms",
    });
    let strict = host(&with(all)).await;
    let greedy = slow_bell("greedy", FOREVER, &[("dm.timeout", "1h")]);
    came_in_time(&refused(&strict, greedy, Some("1H")).await);
}

#[tokio::test]
async fn a_driver_that_missed_a_deadline_goes_on_with_a_new_instance() {
    let host = slow_host(1).await;
    refused(&host, slow_bell("missed", FOREVER, &[("dm.timeout", "400ms")]), None).await;
    let answer = host.client().await.execute_circuit(bell("next", SLOW, &[("behave", "well")])).await;
    crate::stage::is_well(&answer.unwrap().into_inner());
}
