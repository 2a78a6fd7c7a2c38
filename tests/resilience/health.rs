//! Health of each driver, and readiness by the operator's rule.

use serde_json::json;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use driver_manager::grpc::admin::proto::set_breaker_request::Which;
use driver_manager::grpc::admin::proto::{BreakerState, SetBreakerRequest};

use crate::stage::scripted_host;
use crate::support::host::Host;
use crate::support::operator::Operator;

async fn until_serving(host: &Host, service: &str, wanted: ServingStatus) {
    let mut health = HealthClient::new(host.channel().await);
    let mut seen =
        health.watch(HealthCheckRequest { service: service.to_owned() }).await.unwrap().into_inner();
    let wait =
        async { while seen.message().await.unwrap().is_none_or(|answer| answer.status != wanted as i32) {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.unwrap();
}

async fn hold(host: &Host, state: BreakerState) {
    let mut operator = Operator::of(host).await;
    let request = SetBreakerRequest { which: Some(Which::Driver("lab".to_owned())), hold: state.into() };
    operator.client.set_breaker(request).await.unwrap();
}

#[tokio::test]
async fn each_driver_has_a_health_of_its_own_and_the_operator_says_which_ones_matter() {
    let named = json!({ "health": { "interval": "100ms", "timeout": "100ms", "readiness": "named", "required": ["lab"] } });
    let host = scripted_host(named).await;
    for service in ["driver/lab", "driver/other", "driver/simulator"] {
        until_serving(&host, service, ServingStatus::Serving).await;
    }
    hold(&host, BreakerState::Open).await;
    until_serving(&host, "driver/lab", ServingStatus::NotServing).await;
    until_serving(&host, "eigen.internal.v1.DriverManagerService", ServingStatus::NotServing).await;
    until_serving(&host, "driver/other", ServingStatus::Serving).await;
    let (code, text) = host.http_get("/readyz").await;
    assert_eq!((code, text.as_str()), (503, "lab: its breaker is open\n"));
    let (code, text) = host.http_get("/healthz").await;
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &report["drivers"]["lab"]["ready"]), (503, &json!(false)));
    hold(&host, BreakerState::Unspecified).await;
    until_serving(&host, "eigen.internal.v1.DriverManagerService", ServingStatus::Serving).await;
    assert_eq!(host.http_get("/readyz").await.0, 200);
}

#[tokio::test]
async fn one_driver_of_many_is_enough_by_default() {
    let host = scripted_host(json!({ "health": { "interval": "100ms", "timeout": "100ms" } })).await;
    hold(&host, BreakerState::Open).await;
    until_serving(&host, "driver/lab", ServingStatus::NotServing).await;
    assert_eq!(host.http_get("/readyz").await.0, 200);
}

#[tokio::test]
async fn queues_are_looked_at_even_if_nobody_lists_devices() {
    let host = scripted_host(json!({ "health": { "interval": "100ms", "timeout": "100ms" } })).await;
    let queue = [("driver", "lab"), ("device_id", "lab:queue")];
    host.wait_for_metric("eigen_device_queue_depth", &queue, |depth| (depth - 50.0).abs() < 0.5).await;
}
