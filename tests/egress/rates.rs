//! A driver sends so many requests and moves so many bytes in a second, and no more.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::provider::Provider;
use crate::stage::{ask, config, fails, outbound, rule};
use crate::support::guests::host;

#[tokio::test]
async fn one_request_too_many_in_a_second_is_refused_and_counted() {
    let provider = Provider::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let rules = json!([rule(provider.address, "/")]);
    let host = host(&config(rules, json!({ "outbound_requests": 1 }), &json!({}))).await;
    let authority = provider.address.to_string();
    let mut refused = None;
    for _ in 0..20 {
        let told = ask(&host, outbound(&authority, "/", &[])).await;
        if told.contains_key("error") {
            refused = Some(told);
            break;
        }
    }
    let refused = refused.unwrap_or_else(|| panic!("20 requests in a second"));
    fails(&host, &refused, "ConnectionLimitReached", "too_often").await;
    let labels = [("driver", "reaches-out"), ("budget", "outbound_requests")];
    host.wait_for_metric("eigen_driver_budget_refusals_total", &labels, |count| count > 0.5).await;
}

#[tokio::test]
async fn bytes_beyond_the_rate_come_late_and_are_all_there() {
    let body = "x".repeat(24 << 10);
    let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let provider = Provider::saying(&text).await;
    let rules = json!([rule(provider.address, "/")]);
    let host = host(&config(rules, json!({ "outbound_bytes": "16KiB" }), &json!({}))).await;
    let authority = provider.address.to_string();
    let started = Instant::now();
    for _ in 0..2 {
        let told = ask(&host, outbound(&authority, "/", &[])).await;
        assert_eq!(told["bytes"], (24 << 10).to_string(), "{told:?}");
    }
    // 48 KiB, of which a second's worth is free.
    assert!(started.elapsed() > Duration::from_millis(900), "{:?}", started.elapsed());
    let labels = [("driver", "reaches-out"), ("direction", "received")];
    host.wait_for_metric("eigen_driver_outbound_bytes_total", &labels, |bytes| bytes >= 49_152.0).await;
    let labels = [("driver", "reaches-out"), ("budget", "wall_time")];
    let calls = host.metric("eigen_driver_budget_use_ratios_count", &labels).await;
    assert!(calls >= 2.0, "{calls}");
}
