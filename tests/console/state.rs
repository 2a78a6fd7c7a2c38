//! The state behind the page, and how the page is served.

use serde_json::{Value, json};

use crate::stage;
use crate::support::guests::{config, host, merge};
use crate::support::host::Host;

async fn state(host: &Host) -> Value {
    let (code, body) = host.http_get("/console/state").await;
    assert_eq!(code, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn the_page_may_do_nothing_but_look_at_its_host() {
    let host = stage::host().await;
    for path in ["/", "/console/console.js", "/console/console.css", "/console/icon.svg", "/console/state"] {
        let (head, _) = host.http_raw(path).await;
        for line in [
            "content-security-policy: default-src 'none';",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            assert!(head.contains(line), "{path} has no {line}: {head}");
        }
    }
    let (_, page) = host.http_raw("/").await;
    for outside in ["http://", "https://", "<style", "style=", "onclick"] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
}

#[tokio::test]
async fn the_state_says_what_operators_see_over_grpc() {
    let host = stage::host().await;
    stage::swap(&host).await;
    let state = state(&host).await;
    assert_eq!(state["ready"], true);
    let drivers = state["drivers"]["rows"].as_array().unwrap();
    let named = |name: &str| drivers.iter().find(|driver| driver["name"] == name).unwrap();
    assert_eq!(named("broken")["reason_code"], "PLUGIN_START_FAILED");
    assert_eq!(named("lab")["generations"][0]["generation"], 2);
    let devices = state["devices"]["rows"].as_array().unwrap();
    let ids: Vec<_> =
        devices.iter().filter(|device| device["driver"] == "lab").map(|device| &device["id"]).collect();
    assert_eq!(ids, ["lab:a", "lab:b"]);
    assert_eq!(state["events"][0]["kind"].as_str().map(str::is_empty), Some(false));
    let pools = state["pools"]["rows"].as_array().unwrap();
    assert!(pools.iter().any(|pool| pool["driver"] == "lab" && pool["size"] == 8), "{pools:?}");
}

#[tokio::test]
async fn tables_and_events_are_as_long_as_the_config_allows() {
    let mut config = config(json!({}));
    merge(&mut config, json!({ "http": { "console": { "rows": 1, "events": 1 } } }));
    let host = host(&config).await;
    let state = state(&host).await;
    let devices = &state["devices"];
    assert_eq!(devices["rows"].as_array().unwrap().len(), 1);
    assert!(devices["left_out"].as_u64().unwrap() > 0, "{devices}");
    assert_eq!(state["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_console_that_is_turned_off_is_not_there() {
    let mut config = config(json!({}));
    merge(&mut config, json!({ "http": { "console": { "enabled": false } } }));
    let host = host(&config).await;
    for path in ["/", "/console/state", "/console/console.js"] {
        assert_eq!(host.http_get(path).await.0, 404, "{path}");
    }
    assert_eq!(host.http_get("/livez").await.0, 200);
}
