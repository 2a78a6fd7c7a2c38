//! A driver with one instance: callers wait their turn, are told when it takes too long, and long jobs
//! hold nothing.

use std::time::Duration;

use serde_json::{Value, json};
use tonic::Code;

use crate::stage::{FOREVER, active, idle, is_well, send, slow_bell, slow_drivers, slow_host};
use crate::support::guests::{Refusal, answer, bell, config, event, host, text};
use crate::support::host::Host;

const LATER: &str = "fixture:answers-later";

/// Slow drivers of one instance, with a log that tells when a request is about to wait for it.
async fn talkative(acquire_timeout: &str) -> Host {
    let mut settings = config(slow_drivers(1));
    settings["log"] = json!({ "level": "info,driver_manager=debug" });
    settings["driver_defaults"] = json!({ "acquire_timeout": acquire_timeout });
    host(&settings).await
}

async fn waits(host: &Host, job: &str) {
    let about_to = |line: &Value| line["message"] == "circuit prepared" && line["job_id"] == job;
    host.log().wait_for(&format!("the prepared circuit of {job}"), about_to).await;
}

#[tokio::test]
async fn callers_are_served_in_the_order_they_came() {
    let host = talkative("30s").await;
    let client = host.client().await;
    let first = send(&client, slow_bell("first", FOREVER, &[]));
    active(&host, "slow-ok", 1).await;
    let jobs = ["a", "b", "c", "d", "e"];
    let mut calls = Vec::new();
    for job in jobs {
        calls.push(send(&client, slow_bell(job, "20", &[])));
        waits(&host, job).await;
    }
    first.abort();
    for call in calls {
        is_well(&call.await.unwrap().unwrap());
    }
    event(&host, "rpc_end", "e").await;
    let ended: Vec<_> = host.log().json().into_iter().filter(|line| line["event"] == "rpc_end").collect();
    let ended: Vec<_> = ended.iter().map(|line| text(line, "job_id")).filter(|job| *job != "first").collect();
    assert_eq!(ended, jobs);
}

#[tokio::test]
async fn a_caller_that_waits_too_long_is_told_which_key_adds_instances() {
    let host = talkative("200ms").await;
    let client = host.client().await;
    let first = send(&client, slow_bell("first", FOREVER, &[]));
    active(&host, "slow-ok", 1).await;
    let status = send(&client, slow_bell("second", "1", &[])).await.unwrap().unwrap_err();
    let refusal = Refusal::new(&status);
    refusal
        .is(Code::ResourceExhausted, "EIGEN_BACKEND_CAPACITY", "quota")
        .names("slow-ok", "drivers.slow-ok.limits.instances");
    assert!(refusal.message.contains("200ms"), "{refusal:?}");
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(5)));
    first.abort();
}

#[tokio::test]
async fn one_busy_driver_holds_up_no_other() {
    let host = slow_host(1).await;
    let client = host.client().await;
    let first = send(&client, slow_bell("first", FOREVER, &[("how", "busy")]));
    active(&host, "slow-ok", 1).await;
    is_well(&answer(&client, bell("second", LATER, &[("behave", "well")])).await);
    answer(&client, bell("third", "sim:local", &[])).await;
    // Its status is told from memory, and says so.
    let request = driver_manager::grpc::proto::GetDeviceStatusRequest { device_id: "fixture:slow-ok".into() };
    let status = client.clone().get_device_status(request).await.unwrap().into_inner();
    assert_eq!(status.metadata.get("stale").map(String::as_str), Some("true"), "{status:?}");
    first.abort();
}

#[tokio::test]
async fn a_job_at_the_provider_is_asked_for_until_it_is_done_and_holds_no_instance() {
    let host = slow_host(1).await;
    let client = host.client().await;
    let long = send(&client, bell("long", LATER, &[("ms", FOREVER)]));
    event(&host, "rpc_start", "long").await;
    // The driver's only instance is free for others, between two times of asking.
    for job in ["one", "two", "three"] {
        is_well(&answer(&client, bell(job, LATER, &[("behave", "well")])).await);
    }
    is_well(&answer(&client, bell("short", LATER, &[("ms", "100")])).await);
    assert!(!long.is_finished());
    long.abort();
    active(&host, "answers-later", 0).await;
    // Hanging up while nothing is asked leaves the instance as it was; else it was condemned.
    let answer = answer(&client, bell("last", LATER, &[("behave", "well")])).await;
    is_well(&answer);
    idle(&host, "answers-later", 1).await;
}

#[tokio::test]
async fn more_calls_than_the_host_may_hold_are_refused_naming_the_key() {
    let mut settings = config(slow_drivers(8));
    settings["grpc"] = json!({ "max_in_flight": 2 });
    let host = host(&settings).await;
    let client = host.client().await;
    let calls = ["one", "two"].map(|job| send(&client, slow_bell(job, FOREVER, &[])));
    active(&host, "slow-ok", 2).await;
    let status = send(&client, bell("three", "sim:local", &[])).await.unwrap().unwrap_err();
    Refusal::new(&status)
        .is(Code::ResourceExhausted, "EIGEN_BACKEND_QUOTA", "quota")
        .names("2 calls", "grpc.max_in_flight");
    for call in calls {
        call.abort();
    }
    active(&host, "slow-ok", 0).await;
    answer(&client, bell("four", "sim:local", &[])).await;
}
