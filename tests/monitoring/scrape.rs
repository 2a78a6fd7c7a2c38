//! A real Prometheus with the shipped config scrapes a real host.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::busy::{busy, families};
use crate::prometheus::Prometheus;

/// Families that the platform's dashboards rely on.
const CONTRACT: [&str; 7] = [
    "eigen_driver_requests",
    "eigen_driver_request_duration_seconds",
    "eigen_driver_connections",
    "eigen_available_devices",
    "eigen_device_queue_depth",
    "eigen_driver_connection_errors",
    "eigen_driver_backend_failures",
];

fn items<'a>(data: &'a Value, key: &str) -> Vec<&'a Value> {
    data[key].as_array().into_iter().flatten().collect()
}

#[tokio::test]
async fn prometheus_scrapes_every_family_and_evaluates_every_rule() {
    let host = busy().await;
    let prometheus = Prometheus::over(&host).await;
    prometheus
        .wait_for("a target that is up", "targets", |data| {
            let targets = items(data, "activeTargets");
            targets.len() == 1 && targets[0]["health"] == "up"
        })
        .await;

    let (_, page) = host.http_get("/metrics").await;
    let told = families(&page);
    for family in CONTRACT {
        assert!(told.contains(family), "{family} is not on the page");
    }
    prometheus
        .wait_for("all families", "targets/metadata?limit=1000", |data| {
            let known: BTreeSet<_> =
                data.as_array().into_iter().flatten().filter_map(|one| one["metric"].as_str()).collect();
            told.iter().all(|family| known.contains(family.as_str()))
        })
        .await;

    let evaluated = |data: &Value| {
        let rules: Vec<_> =
            items(data, "groups").into_iter().flat_map(|group| items(group, "rules")).collect();
        rules.len() > 20 && rules.iter().all(|rule| rule["health"] == "ok")
    };
    prometheus.wait_for("all rules evaluated", "rules", evaluated).await;
    // What happened on this host is alerted of.
    let quarantined = |data: &Value| {
        items(data, "alerts").iter().any(|alert| {
            alert["labels"]["alertname"] == "DriverManagerQuarantine"
                && alert["labels"]["driver"] == "distrusted"
        })
    };
    prometheus.wait_for("the alert", "alerts", quarantined).await;
}
