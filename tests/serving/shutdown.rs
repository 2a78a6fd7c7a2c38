//! The end: what is under way is finished, nothing new is taken, and nobody holds it up for ever.

use std::time::{Duration, Instant};

use driver_manager::grpc::proto::ListDevicesRequest;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::stage::{FOREVER, active, is_well, long_simulation, send, slow_bell, slow_drivers, slow_host};
use crate::support::guests::{Refusal, bell, config, event, host};
use crate::support::host::{Client, Host};

/// Far below every default that could make an end late.
const PROMPT: Duration = Duration::from_secs(15);

async fn draining(host: &Host) -> Value {
    host.log().wait_for("event draining", |line| line["event"] == "draining").await
}

/// A host that gives calls so long to finish.
async fn host_that_drains(instances: u32, timeout: &str) -> Host {
    let mut settings = config(slow_drivers(instances));
    settings["grpc"] = json!({ "drain_timeout": timeout });
    host(&settings).await
}

/// Asks until nobody answers. A call that the client could not send, because the host had just closed
/// the connection, is `CANCELLED` by the client's own word.
async fn refused(client: &Client) -> Status {
    loop {
        match client.clone().list_devices(ListDevicesRequest {}).await {
            Err(status) if status.code() != Code::Cancelled => return status,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_call_under_way_is_answered_and_new_ones_are_refused() {
    tokio::join!(is_orderly(Signal::TERM), is_orderly(Signal::INT));
}

async fn is_orderly(signal: Signal) {
    let mut host = slow_host(1).await;
    let client = host.client().await;
    let under_way = send(&client, slow_bell("under-way", "3000", &[]));
    active(&host, "slow-ok", 1).await;
    host.signal(signal);
    assert_eq!(draining(&host).await["in_flight"], 1);

    // On the connection that is open, and on a new one.
    let status = refused(&client).await;
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    while TcpStream::connect(host.grpc).await.is_ok() {}
    assert_eq!(host.http_get("/livez").await.0, 200);
    let (code, body) = host.http_get("/readyz").await;
    assert_eq!((code, body.as_str()), (503, "not serving: starting or stopping\n"));
    assert_eq!(host.http_get("/healthz").await.0, 503);
    assert!(!under_way.is_finished(), "this test was too slow to see it drain");

    is_well(&under_way.await.unwrap().unwrap());
    assert_eq!(host.wait().await.code(), Some(0));
    let last = host.log().json().pop().unwrap();
    assert_eq!((&last["event"], &last["abandoned"]), (&json!("stopped"), &json!(0)));
}

#[tokio::test]
async fn nobody_who_merely_stays_connected_holds_it_up() {
    let mut host = slow_host(1).await;
    let _client = host.client().await;
    let _scraper = TcpStream::connect(host.http).await.unwrap();
    let mut health = HealthClient::new(host.channel().await);
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    watch.message().await.unwrap();
    let started = Instant::now();
    assert_eq!(host.stop().await.code(), Some(0));
    assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
}

/// Sends a request, stops the host, and gives what the caller is told when the drain's time is up.
async fn cut_off(host: &mut Host, calls: Vec<crate::stage::UnderWay>) -> Vec<Status> {
    host.signal(Signal::TERM);
    let started = Instant::now();
    let mut told = Vec::new();
    for call in calls {
        told.push(call.await.unwrap().unwrap_err());
    }
    assert_eq!(host.wait().await.code(), Some(0));
    assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
    let last = host.log().json().pop().unwrap();
    assert_eq!((&last["event"], &last["abandoned"]), (&json!("stopped"), &json!(told.len())));
    told
}

#[track_caller]
fn may_be_sent_again(status: &Status) {
    let refusal = Refusal::new(status);
    refusal.is(Code::Aborted, "EIGEN_BACKEND_UNAVAILABLE", "runtime");
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(1)), "{refusal:?}");
    assert!(refusal.message.contains("stopping"), "{refusal:?}");
}

/// Checks that no Kernel sends it again; gives the execution key and the ticket.
#[track_caller]
fn is_in_doubt(status: &Status) -> (String, Option<String>) {
    let refusal = Refusal::new(status);
    refusal.is(Code::FailedPrecondition, "EIGEN_BACKEND_SUBMISSION_UNKNOWN", "provider");
    assert_eq!(refusal.retry_after, None, "{refusal:?}");
    let metadata = status.get_details_error_info().unwrap().metadata;
    assert_eq!(metadata["retryable"], "false");
    (metadata["execution_key"].clone(), metadata.get("ticket").cloned())
}

#[tokio::test]
async fn a_simulation_that_takes_too_long_may_be_sent_again() {
    let mut host = host_that_drains(1, "100ms").await;
    let call = send(&host.client().await, long_simulation("long"));
    active(&host, "simulator", 1).await;
    let told = cut_off(&mut host, vec![call]).await;
    may_be_sent_again(&told[0]);
}

#[tokio::test]
async fn a_call_inside_a_driver_is_in_doubt_and_one_that_waits_for_it_is_not() {
    let mut host = host_that_drains(1, "100ms").await;
    let client = host.client().await;
    let inside = send(&client, slow_bell("inside", FOREVER, &[]));
    active(&host, "slow-ok", 1).await;
    let waiting = send(&client, slow_bell("waiting", FOREVER, &[]));
    event(&host, "rpc_start", "waiting").await;
    let told = cut_off(&mut host, vec![inside, waiting]).await;
    let (key, ticket) = is_in_doubt(&told[0]);
    assert!(!key.is_empty() && ticket.is_none(), "{key:?} {ticket:?}");
    may_be_sent_again(&told[1]);
}

#[tokio::test]
async fn a_job_at_the_provider_is_left_there_and_its_ticket_told() {
    let mut host = host_that_drains(1, "100ms").await;
    let client = host.client().await;
    let job = send(&client, bell("job", "fixture:answers-later", &[("ms", FOREVER)]));
    let created = |line: &Value| line["event"] == "rpc_start" && line["job_id"] == "job";
    host.log().wait_for("the call", created).await;
    // Its first answer is in once another call has had its turn.
    let other = send(&client, bell("other", "fixture:answers-later", &[("behave", "well")]));
    is_well(&other.await.unwrap().unwrap());
    let told = cut_off(&mut host, vec![job]).await;
    let (key, ticket) = is_in_doubt(&told[0]);
    assert!(!key.is_empty());
    assert!(ticket.is_some_and(|ticket| ticket.ends_with("/2/100")), "{told:?}");
}

#[tokio::test]
async fn a_second_signal_ends_it_where_it_stands() {
    for second in [Signal::TERM, Signal::INT] {
        let mut host = slow_host(1).await;
        let call = send(&host.client().await, slow_bell("lost", FOREVER, &[]));
        active(&host, "slow-ok", 1).await;
        host.signal(Signal::TERM);
        draining(&host).await;
        let started = Instant::now();
        host.signal(second);
        assert_eq!(host.wait().await.code(), Some(1));
        assert!(started.elapsed() < PROMPT, "{:?}", started.elapsed());
        assert!(call.await.unwrap().is_err());
    }
}
