//! In doubt: what a provider has, or may have, is never sent a second time.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::stage::{answered, is_refused, scripted, scripted_host, send, submissions};

#[tokio::test]
async fn a_submission_that_was_lost_is_not_repeated_on_a_device_that_is_paid() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let status =
        is_refused(send(&client, scripted("j", "lab:paid", "lost,ok", &[])).await, Code::FailedPrecondition);
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, "EIGEN_BACKEND_SUBMISSION_UNKNOWN");
    assert_eq!(info.metadata["execution_key"].len(), 64);
    assert_eq!(submissions(&host, 1).await, [("j".to_owned(), 1)].into());
}

#[tokio::test]
async fn it_is_repeated_where_that_does_no_harm_unless_the_caller_objects() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:again", "lost,ok", &[])).await;
    assert_eq!(answer.metadata["attempt"], "2");
    let objecting = scripted("k", "lab:again", "lost,ok", &[("non_idempotent", "true")]);
    is_refused(send(&client, objecting).await, Code::FailedPrecondition);
    assert_eq!(submissions(&host, 3).await, [("j".to_owned(), 2), ("k".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_job_whose_ticket_is_known_is_waited_for() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:paid", "accepted", &[])).await;
    assert_eq!(answer.counts["00"], 100);
    assert_eq!(submissions(&host, 1).await, [("j".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_driver_that_can_find_out_ends_the_doubt() {
    let knows = |word: &str| json!({ "drivers": { "lab": { "settings": { "knows": word } } } });
    let host = scripted_host(knows("submitted")).await;
    let client = host.client().await;
    let mut request = scripted("j", "lab:paid", "lost,ok", &[]);
    request.shots = 10;
    assert_eq!(answered(&client, request).await.counts["00"], 10);
    assert_eq!(submissions(&host, 1).await, [("j".to_owned(), 1)].into());

    let host = scripted_host(knows("not_submitted")).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:paid", "lost,ok", &[])).await;
    assert_eq!(answer.metadata["attempt"], "2");
}

#[tokio::test]
async fn a_job_that_is_detached_goes_on_and_is_named() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let options = [("job_ms", "3600000"), ("dm.timeout", "200ms"), ("dm.on_deadline", "detach")];
    let status = is_refused(
        send(&client, scripted("j", "lab:paid", "later", &options)).await,
        Code::FailedPrecondition,
    );
    let info = status.get_details_error_info().unwrap();
    assert!(info.metadata["ticket"].ends_with("/2/100"), "{info:?}");
}

#[tokio::test]
async fn whatever_goes_wrong_no_job_is_paid_for_twice() {
    let fallback = json!([{ "device": "lab:paid", "fallback": "other:paid",
        "on": ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL", "DEADLINE_EXCEEDED", "ABORTED"] }]);
    let host = scripted_host(json!({
        "resilience": { "fallbacks": fallback, "breaker": { "enabled": false },
            "retry": { "first_delay": "1ms", "longest_delay": "2ms", "budget": "100%", "budget_burst": 1000 } },
    }))
    .await;
    let client = host.client().await;
    let words = ["ok", "down", "lost", "accepted", "trap", "later", "broken", "hang", "bad"];
    let mut random = SmallRng::seed_from_u64(7);
    let requests: Vec<_> = (0..1000)
        .map(|number| {
            let fate: Vec<_> = (0..4).map(|_| words[random.random_range(0..words.len())]).collect();
            let options = [("dm.timeout", "400ms"), ("job_ms", "10")];
            scripted(&format!("j{number}"), "lab:paid", &fate.join(","), &options)
        })
        .collect();
    let sent = futures::stream::iter(requests.into_iter().map(|request| send(&client, request)));
    let answers: Vec<_> = futures::StreamExt::collect(futures::StreamExt::buffer_unordered(sent, 32)).await;
    let good = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(good > 100, "only {good} were answered: this proves nothing");
    let mut counted = submissions(&host, good).await;
    counted.retain(|_, times| *times > 1);
    assert!(counted.is_empty(), "submitted more than once: {counted:?}");
}

#[tokio::test]
async fn a_caller_that_hangs_up_has_its_job_cancelled_at_the_provider() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let request = scripted("j", "lab:paid", "later", &[("job_ms", "3600000")]);
    let waiting = tokio::spawn(async move { send(&client, request).await });
    submissions(&host, 1).await;
    waiting.abort();
    host.log().wait_for("the cancel", |line| line["message"] == "cancelled").await;
}
