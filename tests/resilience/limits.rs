//! No more than a driver, a device and a caller are given.

use std::time::Duration;

use serde_json::json;
use tonic::Code;

use crate::stage::{answered, is_refused, retry_delay, scripted, scripted_host, send};

#[tokio::test]
async fn a_device_has_its_rate_and_whoever_is_over_it_is_told_when_to_come_back() {
    let admission = json!({ "admission": { "device_rate": "2/s", "burst": 1 }, "retry": { "attempts": 1 } });
    let host = scripted_host(json!({ "resilience": admission })).await;
    let client = host.client().await;
    answered(&client, scripted("a", "lab:again", "ok", &[])).await;
    let status =
        is_refused(send(&client, scripted("b", "lab:again", "ok", &[])).await, Code::ResourceExhausted);
    assert!(status.message().contains("resilience.admission.device_rate"), "{status:?}");
    answered(&client, scripted("c", "lab:paid", "ok", &[])).await;
    let wait = retry_delay(&status).unwrap();
    assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500), "{wait:?}");
    tokio::time::sleep(wait).await;
    answered(&client, scripted("d", "lab:again", "ok", &[])).await;
}

#[tokio::test]
async fn callers_are_told_apart_and_none_uses_up_the_others_share() {
    let host = scripted_host(json!({ "resilience": { "callers": { "rate": "1/min", "burst": 2 } } })).await;
    let client = host.client().await;
    let ask = async |job: &str, tenant: Option<&str>| {
        let mut request = tonic::Request::new(scripted(job, "lab:again", "ok", &[]));
        if let Some(tenant) = tenant {
            request.metadata_mut().insert("x-eigen-tenant", tenant.parse().unwrap());
            request.metadata_mut().insert("x-eigen-sub", "someone".parse().unwrap());
        }
        client.clone().execute_circuit(request).await.map(tonic::Response::into_inner)
    };
    for job in ["a", "b"] {
        ask(job, Some("greedy")).await.unwrap();
    }
    let status = is_refused(ask("c", Some("greedy")).await, Code::ResourceExhausted);
    assert!(status.message().contains("resilience.callers.rate"), "{status:?}");
    assert!(retry_delay(&status).unwrap() <= Duration::from_mins(1));
    ask("d", Some("modest")).await.unwrap();
    ask("e", None).await.unwrap();
}

#[tokio::test]
async fn a_crowd_before_one_driver_is_no_crowd_before_another() {
    let admission = json!({ "concurrent": 2, "waiting": 1, "wait": "10s" });
    let config = json!({ "drivers": { "lab": { "resilience": { "admission": admission, "retry": { "attempts": 1 } } } } });
    let host = scripted_host(config).await;
    let client = host.client().await;
    let busy: Vec<_> = (0..3)
        .map(|number| {
            let request = scripted(&format!("busy{number}"), "lab:again", "ok", &[("ms", "2000")]);
            let client = client.clone();
            tokio::spawn(async move { send(&client, request).await })
        })
        .collect();
    let active = [("driver", "lab"), ("state", "active")];
    host.wait_for_metric("eigen_driver_connections", &active, |count| (count - 2.0).abs() < 0.5).await;
    // Two are inside and one may wait: nobody else, and at once.
    let mut refused = None;
    for number in 0..50 {
        let request = scripted(&format!("n{number}"), "lab:again", "ok", &[("dm.timeout", "50ms")]);
        if let Err(status) = send(&client, request).await
            && status.code() == Code::ResourceExhausted
        {
            refused = Some(status);
            break;
        }
    }
    let status = refused.unwrap_or_else(|| panic!("nobody was refused"));
    assert!(status.message().contains("resilience.admission.concurrent"), "{status:?}");
    answered(&client, scripted("free", "other:again", "ok", &[])).await;
    for request in busy {
        request.await.unwrap().unwrap();
    }
}
