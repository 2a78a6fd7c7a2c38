//! Not asked any more, for a while.

use std::time::{Duration, Instant};

use driver_manager::grpc::admin::proto::set_breaker_request::Which;
use driver_manager::grpc::admin::proto::{BreakerState, SetBreakerRequest};
use serde_json::json;
use tonic::Code;

use crate::stage::{answered, is_refused, quick_breaker, retry_delay, scripted, scripted_host, send};
use crate::support::operator::Operator;

#[tokio::test]
async fn a_dead_provider_is_left_alone_and_asked_again_when_its_time_has_come() {
    let host = scripted_host(quick_breaker()).await;
    let client = host.client().await;
    let down = |job: &str| send(&client, scripted(job, "lab:again", "down", &[]));
    for number in 0..3 {
        is_refused(down(&format!("d{number}")).await, Code::Unavailable);
    }
    let opened = Instant::now();
    let status = is_refused(down("refused").await, Code::Unavailable);
    assert!(status.message().contains("breaker"), "{status:?}");
    let told = retry_delay(&status).unwrap();
    assert!(told <= Duration::from_millis(300) && told > Duration::from_millis(100), "{told:?}");
    let attempts = [("driver", "lab"), ("operation", "execute_circuit"), ("outcome", "unavailable")];
    assert!((host.metric("eigen_driver_attempts_total", &attempts).await - 3.0).abs() < 0.5);
    // Its neighbour is none the worse for it.
    answered(&client, scripted("n", "lab:paid", "ok", &[])).await;

    // Whoever comes back when told so finds it healed.
    tokio::time::sleep(told).await;
    answered(&client, scripted("healed", "lab:again", "ok", &[])).await;
    assert!(opened.elapsed() < Duration::from_secs(5));
    let changes = [("driver", "lab"), ("to", "closed"), ("cause", "probes_succeeded")];
    assert!((host.metric("eigen_driver_breaker_changes_total", &changes).await - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn a_driver_that_traps_again_and_again_is_left_alone_on_all_of_its_devices() {
    let host = scripted_host(quick_breaker()).await;
    let client = host.client().await;
    for number in 0..3 {
        let request = scripted(&format!("t{number}"), "lab:again", "trap", &[]);
        is_refused(send(&client, request).await, Code::Internal);
    }
    let status = is_refused(send(&client, scripted("n", "lab:paid", "ok", &[])).await, Code::Unavailable);
    assert!(status.message().contains("driver `lab`"), "{status:?}");
    answered(&client, scripted("o", "other:again", "ok", &[])).await;
}

#[tokio::test]
async fn callers_who_are_wrong_open_nothing() {
    let host = scripted_host(quick_breaker()).await;
    let client = host.client().await;
    for number in 0..10 {
        let request = scripted(&format!("b{number}"), "lab:again", "bad", &[]);
        is_refused(send(&client, request).await, Code::InvalidArgument);
    }
    answered(&client, scripted("ok", "lab:again", "ok", &[])).await;
}

#[tokio::test]
async fn an_operator_sees_breakers_and_holds_them() {
    let host = scripted_host(quick_breaker()).await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    answered(&client, scripted("ok", "lab:again", "ok", &[])).await;
    let hold = |which, hold: BreakerState| SetBreakerRequest { which: Some(which), hold: hold.into() };
    let device = Which::DeviceId("lab:again".to_owned());
    let set =
        operator.client.set_breaker(hold(device.clone(), BreakerState::Open)).await.unwrap().into_inner();
    assert_eq!(
        (set.driver.as_str(), set.state, set.forced),
        ("lab", BreakerState::Open as i32, BreakerState::Open as i32)
    );
    let status = is_refused(send(&client, scripted("no", "lab:again", "ok", &[])).await, Code::Unavailable);
    assert!(status.message().contains("breaker"), "{status:?}");
    let seen = operator.driver("lab").await.breakers;
    let open: Vec<_> = seen.iter().filter(|breaker| breaker.state == BreakerState::Open as i32).collect();
    assert_eq!(open.iter().map(|breaker| breaker.device_id.as_str()).collect::<Vec<_>>(), ["lab:again"]);

    operator.client.set_breaker(hold(device, BreakerState::Unspecified)).await.unwrap();
    answered(&client, scripted("yes", "lab:again", "ok", &[])).await;
    let unknown = hold(Which::Driver("nobody".to_owned()), BreakerState::Open);
    assert_eq!(operator.client.set_breaker(unknown).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_refusal_by_a_breaker_takes_no_time() {
    let host = scripted_host(json!({})).await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let request =
        SetBreakerRequest { which: Some(Which::Driver("lab".to_owned())), hold: BreakerState::Open.into() };
    operator.client.set_breaker(request).await.unwrap();
    let mut times = Vec::new();
    for number in 0..50 {
        let started = Instant::now();
        is_refused(
            send(&client, scripted(&number.to_string(), "lab:again", "ok", &[])).await,
            Code::Unavailable,
        );
        times.push(started.elapsed());
    }
    times.sort();
    assert!(times[25] < Duration::from_millis(5), "{:?}", times[25]);
}
