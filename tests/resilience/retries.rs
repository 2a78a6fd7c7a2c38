//! Tried again: what is safe and may help, and nothing else.

use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tonic::Code;

use crate::stage::{answered, is_refused, retry_delay, scripted, scripted_host, send, submissions};

#[tokio::test]
async fn what_was_not_submitted_is_tried_again_and_the_caller_does_not_notice() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let answer = answered(&client, scripted("j", "lab:paid", "down,down,ok", &[])).await;
    assert_eq!(answer.metadata["attempt"], "3");
    assert_eq!(submissions(&host, 1).await, [("j".to_owned(), 1)].into());
    let tried =
        host.metric("eigen_driver_retries_total", &[("driver", "lab"), ("kind", "unavailable")]).await;
    assert!((tried - 2.0).abs() < 0.5, "{tried}");
}

#[tokio::test]
async fn a_backend_that_asks_for_time_gets_it() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let started = Instant::now();
    answered(&client, scripted("j", "lab:again", "quota,ok", &[])).await;
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    let short = scripted("k", "lab:again", "quota,ok", &[("dm.timeout", "100ms")]);
    let status = is_refused(send(&client, short).await, Code::ResourceExhausted);
    assert_eq!(retry_delay(&status), Some(Duration::from_millis(200)));
}

#[tokio::test]
async fn the_callers_own_fault_is_told_at_once() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    is_refused(send(&client, scripted("j", "lab:again", "bad,ok", &[])).await, Code::InvalidArgument);
    let attempts = [("driver", "lab"), ("operation", "execute_circuit"), ("outcome", "invalid_argument")];
    assert!((host.metric("eigen_driver_attempts_total", &attempts).await - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn tries_have_an_end() {
    let config = json!({ "resilience": { "retry": { "attempts": 3, "first_delay": "1ms" } } });
    let host = scripted_host(config).await;
    let client = host.client().await;
    is_refused(send(&client, scripted("j", "lab:again", "down", &[])).await, Code::Unavailable);
    let attempts = [("driver", "lab"), ("operation", "execute_circuit"), ("outcome", "unavailable")];
    assert!((host.metric("eigen_driver_attempts_total", &attempts).await - 3.0).abs() < 0.5);
    let stopped = [("driver", "lab"), ("why", "attempts")];
    assert!((host.metric("eigen_driver_retries_stopped_total", &stopped).await - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn a_driver_that_fails_always_gets_no_storm_of_retries() {
    let config = json!({ "resilience": {
        "retry": { "attempts": 10, "first_delay": "1ms", "longest_delay": "1ms", "budget": "10%", "budget_burst": 5 },
        "breaker": { "enabled": false },
    } });
    let host = scripted_host(config).await;
    let client = host.client().await;
    for number in 0..100 {
        let request = scripted(&number.to_string(), "lab:again", "down", &[]);
        is_refused(send(&client, request).await, Code::Unavailable);
    }
    let retries =
        host.metric("eigen_driver_retries_total", &[("driver", "lab"), ("kind", "unavailable")]).await;
    assert!((5.0..=15.0).contains(&retries), "{retries} retries of 100 requests");
}

#[tokio::test]
async fn of_requests_that_fail_three_times_in_ten_almost_all_succeed() {
    let host = scripted_host(json!({ "resilience": { "retry": { "first_delay": "5ms" } } })).await;
    let client = host.client().await;
    let mut random = SmallRng::seed_from_u64(20);
    let requests = (0..1000).map(|number| {
        let fate: Vec<_> = (0..10).map(|_| if random.random_bool(0.3) { "down" } else { "ok" }).collect();
        scripted(&format!("j{number}"), "lab:again", &fate.join(","), &[("dm.timeout", "10s")])
    });
    let requests: Vec<_> = requests.collect();
    let sent = futures::stream::iter(requests.into_iter().map(|request| send(&client, request)));
    let answers: Vec<_> = futures::StreamExt::collect(futures::StreamExt::buffer_unordered(sent, 32)).await;
    let failed = answers.iter().filter(|answer| answer.is_err()).count();
    assert!(failed <= 1, "{failed} of 1000 failed");
}
