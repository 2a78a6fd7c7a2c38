//! The old generation finishes what it has begun, up to a hard stop.

use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, lab_is, told};
use crate::support::builds::{build, marker};
use crate::support::operator::Operator;

#[tokio::test]
async fn a_call_that_began_before_a_swap_is_finished_by_the_generation_that_began_it() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let mut events = operator.events(0).await;
    let slow = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "lab:a", &[("ms", "1500")]).await }
    });
    let active = [("driver", "lab"), ("state", "active")];
    host.wait_for_metric("eigen_driver_connections", &active, |count| count > 0.5).await;
    operator.swap("lab", &build("two")).await.unwrap();
    lab_is(&client, 2, "two").await;
    assert_eq!(told(&slow.await.unwrap().unwrap()), (1, marker("one")));
    let drained = events.next("drained", "lab").await;
    assert_eq!((drained.generation, drained.message.as_str()), (1, "its last call has ended"));
}

#[tokio::test]
async fn a_call_that_outlasts_the_drain_is_cut_off_and_may_be_sent_again() {
    let stage = Stage::new(json!({ "plugins": { "drain_timeout": "200ms" } }));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let endless = tokio::spawn({
        let client = client.clone();
        async move { ask(&client, "lab:a", &[("ms", "600000")]).await }
    });
    let active = [("driver", "lab"), ("state", "active")];
    host.wait_for_metric("eigen_driver_connections", &active, |count| count > 0.5).await;
    operator.swap("lab", &build("two")).await.unwrap();
    let status = endless.await.unwrap().unwrap_err();
    // Nobody knows how far the driver had come, and the device does not promise to be idempotent.
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert!(status.message().contains("was replaced"), "{status:?}");
    host.wait_for_metric("eigen_driver_drain_cut_off_total", &[("driver", "lab")], |calls| calls > 0.5).await;
    lab_is(&client, 2, "two").await;
}

#[tokio::test]
async fn connections_of_a_replaced_generation_are_closed() {
    let stage = Stage::new(json!({ "driver_defaults": { "idle_timeout": "1h" } }));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    for word in ["two", "three", "four"] {
        operator.swap("lab", &build(word)).await.unwrap();
    }
    let idle = [("driver", "lab"), ("state", "idle")];
    host.wait_for_metric("eigen_driver_connections", &idle, |count| count < 1.5).await;
}
