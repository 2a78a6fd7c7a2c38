//! Plugin folders: what is put there is taken up, what is taken away goes, what is half-written waits.

use std::fs;
use std::io::Write as _;

use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, lab_becomes, lab_is};
use crate::support::builds::{build, digest, install, manifest, rename_into};
use crate::support::operator::{Operator, serving};

#[tokio::test]
async fn a_plugin_that_is_installed_replaced_and_removed_is_loaded_swapped_and_unloaded() {
    let stage = Stage::new(json!({}));
    let host = stage.start().await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let mut events = operator.events(0).await;
    install(&stage.plugins(), "lab", "1.0.0", &build("one"));
    assert_eq!(lab_becomes(&client, "one").await, 1);
    install(&stage.plugins(), "lab", "2.0.0", &build("two"));
    assert_eq!(lab_becomes(&client, "two").await, 2);
    fs::remove_dir_all(stage.plugins().join("lab")).unwrap();
    events.next("unloaded", "lab").await;
    assert_eq!(ask(&client, "lab:a", &[]).await.unwrap_err().code(), Code::NotFound);
    assert!(ask(&client, "sim:local", &[]).await.is_ok());
}

#[tokio::test]
async fn an_artifact_without_the_manifest_that_names_it_waits_for_it() {
    let stage = Stage::new(json!({ "plugins": { "settle": "1h" } }));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let folder = stage.plugins().join("lab");
    rename_into(&folder.join("lab.wasm"), &build("two"));
    // The new artifact is not what the old manifest names: the host waits, and serves what it has a copy of.
    lab_is(&client, 1, "one").await;
    rename_into(&folder.join("plugin.toml"), manifest("lab", "2.0.0", &build("two")).as_bytes());
    lab_becomes(&client, "two").await;
    assert_eq!(operator.driver("lab").await.generations[0].plugin_version, "2.0.0");
}

#[tokio::test]
async fn a_component_that_is_written_bit_by_bit_is_read_only_once_it_is_whole() {
    let stage = Stage::new(json!({}));
    let host = stage.start().await;
    let client = host.client().await;
    let artifact = build("one");
    let mut file = fs::File::create(stage.plugins().join("lab.wasm")).unwrap();
    for part in artifact.chunks(artifact.len() / 16 + 1) {
        file.write_all(part).unwrap();
        file.sync_data().unwrap();
        // The host answers in between: it has had its chance to look.
        assert_eq!(ask(&client, "lab:a", &[]).await.unwrap_err().code(), Code::NotFound);
    }
    drop(file);
    lab_becomes(&client, "one").await;
    let mut operator = Operator::of(&host).await;
    assert_eq!(serving(&operator.driver("lab").await), Some((1, digest(&artifact))));
    let failed = host.metric("eigen_driver_loads_total", &[("driver", "lab"), ("outcome", "failed")]).await;
    assert!(failed < 0.5, "a part of the file was read: {failed}");
}

#[tokio::test]
async fn a_folder_that_sends_no_events_is_polled() {
    let stage = Stage::new(json!({ "plugins": { "watch": "poll", "poll_interval": "50ms" } }));
    let host = stage.start().await;
    let client = host.client().await;
    install(&stage.plugins(), "lab", "1.0.0", &build("one"));
    assert_eq!(lab_becomes(&client, "one").await, 1);
}

#[tokio::test]
async fn sources_are_skipped_and_dist_counts() {
    let stage = Stage::new(json!({}));
    let sources = stage.plugins().join("lab/src");
    fs::create_dir_all(&sources).unwrap();
    fs::write(sources.join("stray.wasm"), build("stray")).unwrap();
    fs::create_dir(stage.plugins().join("dist")).unwrap();
    fs::write(stage.plugins().join("dist/lab.wasm"), build("one")).unwrap();
    let host = stage.start().await;
    let client = host.client().await;
    lab_becomes(&client, "one").await;
    assert_eq!(ask(&client, "stray:a", &[]).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_is_not_trusted_is_quarantined_with_the_line_that_would_allow_it() {
    let stage = Stage::new(json!({ "plugins": { "trust": { "default": "signature" } } }));
    install(&stage.plugins(), "lab", "1.0.0", &build("one"));
    let host = stage.start().await;
    let mut operator = Operator::of(&host).await;
    let driver = operator.driver("lab").await;
    assert_eq!(driver.reason_code, "TRUST_SIGNATURE_MISSING");
    assert_eq!(driver.state, driver_manager::grpc::admin::proto::DriverState::Quarantined as i32);
    let line = host.log().wait_for("quarantine", |line| line["event"] == "driver_quarantined").await;
    let expected = format!("digests: [{}]", digest(&build("one")));
    assert!(line["remedy"].as_str().unwrap().contains(&expected), "{line}");
    let (_, health) = host.http_get("/healthz").await;
    assert!(health.contains("\"lab\":{\"ready\":false"), "{health}");
}

#[tokio::test]
async fn what_an_operators_look_finds_beside_what_it_looks_for_is_taken_up_too() {
    let stage = Stage::new(json!({ "plugins": { "watch": "poll", "poll_interval": "1h" } }));
    let host = stage.start().await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let mut events = operator.events(0).await;
    install(&stage.plugins(), "lab", "1.0.0", &build("one"));
    install(&stage.plugins(), "other", "1.0.0", &build("two"));
    operator.load("lab").await.unwrap();
    assert_eq!(lab_becomes(&client, "one").await, 1);
    events.next("activated", "other").await;
    assert!(ask(&client, "other:a", &[]).await.is_ok());
}
