//! Remembered, shared, and forgotten in time.

use serde_json::json;
use tonic::Code;

use crate::stage::{answered, is_refused, scripted, scripted_host, send, submissions};
use driver_manager::grpc::proto::CalibrateDeviceRequest;

#[tokio::test]
async fn a_thousand_who_ask_the_same_at_once_get_the_answer_of_one_execution() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let ask = || scripted("herd", "lab:again", "ok", &[("seed", "7"), ("ms", "300")]);
    let asked: Vec<_> = (0..1000)
        .map(|_| {
            let (client, request) = (client.clone(), ask());
            tokio::spawn(async move { send(&client, request).await })
        })
        .collect();
    let mut origins = std::collections::BTreeMap::<String, usize>::new();
    for answer in asked {
        *origins.entry(answer.await.unwrap().unwrap().metadata["cache"].clone()).or_default() += 1;
    }
    assert_eq!(origins["miss"], 1, "{origins:?}");
    assert_eq!(origins.values().sum::<usize>(), 1000);
    assert_eq!(submissions(&host, 1).await, [("herd".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_run_that_comes_out_the_same_is_remembered_and_says_how_old_it_is() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let ask = |job: &'static str, options: &[(&str, &str)]| {
        send(&client, scripted(job, "lab:again", "ok", options))
    };
    assert_eq!(ask("a", &[("seed", "1")]).await.unwrap().metadata["cache"], "miss");
    let hit = ask("b", &[("seed", "1")]).await.unwrap();
    assert_eq!(hit.metadata["cache"], "hit");
    assert!(hit.metadata["cache_age_ms"].parse::<u64>().unwrap() < 60_000);
    assert_eq!(ask("c", &[("seed", "2")]).await.unwrap().metadata["cache"], "miss");
    // Without a seed every run is another one.
    assert!(!ask("d", &[]).await.unwrap().metadata.contains_key("cache"));
    assert!(!ask("e", &[]).await.unwrap().metadata.contains_key("cache"));
    assert_eq!(submissions(&host, 4).await.len(), 4);
}

#[tokio::test]
async fn a_device_that_promises_nothing_is_asked_every_time_unless_the_caller_says_otherwise() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let ask = |job: &'static str, mode: &'static str| {
        send(&client, scripted(job, "lab:paid", "ok", &[("seed", "1"), ("dm.cache", mode)]))
    };
    assert!(
        !send(&client, scripted("x", "lab:paid", "ok", &[("seed", "1")]))
            .await
            .unwrap()
            .metadata
            .contains_key("cache")
    );
    is_refused(ask("a", "only").await, Code::FailedPrecondition);
    assert_eq!(ask("b", "use").await.unwrap().metadata["cache"], "miss");
    assert_eq!(ask("c", "use").await.unwrap().metadata["cache"], "hit");
    assert_eq!(ask("d", "only").await.unwrap().metadata["cache"], "hit");
    assert_eq!(ask("e", "refresh").await.unwrap().metadata["cache"], "miss");
    assert!(!ask("f", "bypass").await.unwrap().metadata.contains_key("cache"));
    assert_eq!(submissions(&host, 4).await.len(), 4);
}

#[tokio::test]
async fn a_calibration_makes_what_was_remembered_of_its_device_worthless() {
    let host = scripted_host(json!({})).await;
    let mut client = host.client().await;
    let ask = |client: &crate::support::host::Client, job: &'static str, device: &'static str| {
        let client = client.clone();
        async move {
            answered(&client, scripted(job, device, "ok", &[("seed", "1")])).await.metadata["cache"].clone()
        }
    };
    assert_eq!(ask(&client, "a", "lab:again").await, "miss");
    assert_eq!(ask(&client, "b", "other:again").await, "miss");
    let request = CalibrateDeviceRequest { device_id: "lab:again".to_owned(), options: [].into() };
    client.calibrate_device(request).await.unwrap();
    assert_eq!(ask(&client, "c", "lab:again").await, "miss");
    assert_eq!(ask(&client, "d", "other:again").await, "hit");
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let host = scripted_host(json!({})).await;
    let client = host.client().await;
    let bad = || scripted("j", "lab:again", "bad", &[("seed", "1")]);
    is_refused(send(&client, bad()).await, Code::InvalidArgument);
    is_refused(send(&client, bad()).await, Code::InvalidArgument);
    let attempts = [("driver", "lab"), ("operation", "execute_circuit"), ("outcome", "invalid_argument")];
    assert!((host.metric("eigen_driver_attempts_total", &attempts).await - 2.0).abs() < 0.5);
}
