//! The operators' pages: probes, health and metrics over HTTP/1.1.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::guests::{config, fixture, host};
use crate::support::host::Host;

async fn health(host: &Host) -> (u16, Value) {
    let (code, body) = host.http_get("/healthz").await;
    (code, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_host_with_a_driver_is_alive_and_ready() {
    let host = Host::start_with_defaults().await;
    for probe in ["/livez", "/readyz"] {
        assert_eq!(host.http_get(probe).await, (200, "ok\n".to_owned()), "{probe}");
    }
    let (head, _) = host.http_raw("/metrics").await;
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
}

#[tokio::test]
async fn there_are_no_other_pages_and_nothing_can_be_sent() {
    let host = Host::start_with_defaults().await;
    for path in [
        "/index.html",
        "/console",
        "/console/",
        "/metricsx",
        "/metrics/",
        "/../etc/passwd",
        "/readyz/x",
        "/debug/pprof",
    ] {
        assert_eq!(host.http_get(path).await.0, 404, "{path}");
    }
    let mut stream = TcpStream::connect(host.http).await.unwrap();
    let request = "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
}

#[tokio::test]
async fn the_health_page_has_the_shape_of_the_contract() {
    let host = Host::start_with_defaults().await;
    let (code, page) = health(&host).await;
    assert_eq!((code, &page["ready"]), (200, &json!(true)));
    let shape: Vec<_> = keys(&page).into_iter().filter(|key| *key != "notes").collect();
    assert_eq!(shape, ["ready", "drivers", "capabilities"]);

    let simulator = &page["drivers"]["simulator"];
    assert_eq!(keys(simulator), ["ready", "reason", "details"]);
    assert_eq!((&simulator["ready"], &simulator["reason"]), (&json!(true), &json!("")));
    let details = simulator["details"].as_object().unwrap();
    assert!(details.values().all(Value::is_string), "{details:?}");
    assert_eq!(details["origin"], "embedded");
    assert!(details["digest"].as_str().unwrap().starts_with("sha256:"), "{details:?}");

    let capabilities = &page["capabilities"]["simulator"];
    assert_eq!(keys(capabilities), ["driver_api_version", "features"]);
    assert_eq!(capabilities["features"]["method"], "statevector");
}

#[tokio::test]
async fn one_driver_that_fails_is_named_and_the_others_serve() {
    let broken = fixture("traps-in-initialize", json!({ "memory": "16MiB" }));
    let host = host(&config(json!({ "broken": broken }))).await;
    let (code, page) = health(&host).await;
    assert_eq!((code, &page["ready"]), (200, &json!(true)));
    assert_eq!(page["drivers"]["simulator"]["ready"], true);
    let broken = &page["drivers"]["broken"];
    assert_eq!(broken["ready"], false);
    assert!(broken["reason"].as_str().unwrap().contains("panicked"), "{broken}");
    assert_eq!(keys(&page["capabilities"]), ["simulator"]);
    assert_eq!(host.http_get("/readyz").await.0, 200);
}

#[tokio::test]
async fn a_host_without_drivers_is_alive_and_not_ready() {
    let host = host(&config(json!({ "simulator": { "enabled": false } }))).await;
    assert_eq!(host.http_get("/livez").await.0, 200);
    let (code, body) = host.http_get("/readyz").await;
    assert_eq!((code, body.as_str()), (503, "no driver is in service\n"));
    let (code, page) = health(&host).await;
    assert_eq!(
        (code, page),
        (
            503,
            json!({ "ready": false, "reason": "no driver is in service", "drivers": {}, "capabilities": {} })
        )
    );
}
