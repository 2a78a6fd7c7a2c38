//! What operators ask for: swap, roll back, unload, load; each a state, not a step.

use driver_manager::grpc::admin::proto::swap_driver_request::Header;
use driver_manager::grpc::admin::proto::{
    DriverState, GetDriverRequest, ListDriversRequest, Outcome, ReloadConfigRequest,
};
use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, lab_is, reason};
use crate::support::builds::{build, digest, manifest};
use crate::support::operator::{Operator, is, serving};

#[tokio::test]
async fn a_swap_takes_effect_at_once_and_a_rollback_takes_it_back() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    lab_is(&client, 1, "one").await;

    let change = operator.swap("lab", &build("two")).await.unwrap();
    is(&change, Outcome::Changed);
    assert_eq!((change.previous_generation, change.generation), (1, 2));
    assert_eq!(change.digest, digest(&build("two")));
    lab_is(&client, 2, "two").await;

    let back = operator.rollback("lab").await.unwrap();
    is(&back, Outcome::Changed);
    lab_is(&client, 1, "one").await;
    is(&operator.rollback("lab").await.unwrap(), Outcome::Unchanged);
    lab_is(&client, 1, "one").await;
}

#[tokio::test]
async fn asking_for_what_holds_already_changes_nothing() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    is(&operator.load("lab").await.unwrap(), Outcome::Unchanged);
    is(&operator.swap("lab", &build("two")).await.unwrap(), Outcome::Changed);
    is(&operator.swap("lab", &build("two")).await.unwrap(), Outcome::Unchanged);
    lab_is(&client, 2, "two").await;
    is(&operator.unload("lab").await.unwrap(), Outcome::Changed);
    is(&operator.unload("lab").await.unwrap(), Outcome::Unchanged);
}

#[tokio::test]
async fn an_unloaded_driver_has_no_devices_until_it_is_loaded_again() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let change = operator.unload("lab").await.unwrap();
    assert_eq!(change.lost_devices, ["lab:a", "lab:b"]);
    assert_eq!(ask(&client, "lab:a", &[]).await.unwrap_err().code(), Code::NotFound);
    is(&operator.load("lab").await.unwrap(), Outcome::Changed);
    assert!(ask(&client, "lab:a", &[]).await.is_ok());
}

#[tokio::test]
async fn a_dry_run_takes_every_step_and_changes_nothing() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    let dry = |word: &str| {
        (Header { name: "lab".to_owned(), upload: true, dry_run: true, ..Header::default() }, build(word))
    };
    let (header, artifact) = dry("lose");
    let change = operator.swap_as(header, &artifact).await.unwrap();
    is(&change, Outcome::WouldChange);
    assert_eq!(change.lost_devices, ["lab:b"]);
    let (header, artifact) = dry("clash");
    let refused = operator.swap_as(header, &artifact).await.unwrap_err();
    assert_eq!(reason(&refused).0, "PLUGIN_CONFLICT_DEVICE");
    lab_is(&client, 1, "one").await;
    assert_eq!(serving(&operator.driver("lab").await), Some((1, digest(&build("one")))));
}

#[tokio::test]
async fn a_replacement_that_takes_devices_away_is_told_of_before_it_serves() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    let mut events = operator.events(0).await;
    let change = operator.swap("lab", &build("lose")).await.unwrap();
    assert_eq!(change.lost_devices, ["lab:b"]);
    let lost = events.next("devices_lost", "lab").await;
    let activated = events.next("activated", "lab").await;
    assert!(lost.message.contains("lab:b") && lost.sequence < activated.sequence, "{lost:?} {activated:?}");
    let change = operator.swap("lab", &build("gain")).await.unwrap();
    assert_eq!(change.new_devices, ["lab:b", "lab:c"]);
}

#[tokio::test]
async fn every_call_that_may_change_something_is_audited_with_its_caller() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    operator.swap("lab", &build("two")).await.unwrap();
    let line = host.log().wait_for("audit of the swap", |line| line["event"] == "admin_call").await;
    assert_eq!(
        (&line["method"], &line["outcome"], &line["driver_name"]),
        (&json!("SwapDriver"), &json!("changed"), &json!("lab"))
    );
    assert!(line["details"].as_str().unwrap().contains("127.0.0.1"), "{line}");
    let calls = [("method", "SwapDriver"), ("outcome", "changed")];
    host.wait_for_metric("eigen_driver_admin_calls_total", &calls, |calls| calls > 0.5).await;
    host.wait_for_metric("eigen_driver_generation", &[("driver", "lab")], |generation| generation > 1.5)
        .await;
}

#[tokio::test]
async fn malformed_calls_and_unknown_drivers_get_a_status_with_details() {
    let stage = Stage::new(json!({ "wasm": { "max_component": "1MiB" } }));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    let status =
        operator.client.get_driver(GetDriverRequest { name: "nobody".to_owned() }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::NotFound, "PLUGIN_UNKNOWN"));
    let both = Header { name: "lab".to_owned(), ..Header::default() };
    assert_eq!(operator.swap_as(both, &[]).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(operator.swap("No Name", b"x").await.unwrap_err().code(), Code::InvalidArgument);
    let large = operator.swap("lab", &vec![0; 2 << 20]).await.unwrap_err();
    assert_eq!(large.code(), Code::ResourceExhausted, "{large:?}");
    let refused = operator.swap("lab", b"not a component").await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).0.as_str()),
        (Code::FailedPrecondition, "PLUGIN_COMPILE_FAILED")
    );
}

#[tokio::test]
async fn uploads_rollbacks_and_unloads_outlive_a_restart() {
    let stage = Stage::new(json!({}));
    let mut host = stage.start_with_lab("one").await;
    Operator::of(&host).await.swap("lab", &build("two")).await.unwrap();
    host.stop().await;

    let mut host = stage.start().await;
    lab_is(&host.client().await, 2, "two").await;
    let mut operator = Operator::of(&host).await;
    assert_eq!(serving(&operator.driver("lab").await), Some((2, digest(&build("two")))));
    is(&operator.rollback("lab").await.unwrap(), Outcome::Changed);
    lab_is(&host.client().await, 1, "one").await;
    host.stop().await;

    let mut host = stage.start().await;
    lab_is(&host.client().await, 1, "one").await;
    Operator::of(&host).await.unload("lab").await.unwrap();
    host.stop().await;

    let host = stage.start().await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    assert_eq!(ask(&client, "lab:a", &[]).await.unwrap_err().code(), Code::NotFound);
    operator.load("lab").await.unwrap();
    let change = operator.swap("lab", &build("three")).await.unwrap();
    assert!(change.generation > 2, "a number was given twice: {change:?}");
}

#[tokio::test]
async fn a_new_config_is_taken_up_without_a_restart_and_one_with_mistakes_is_not() {
    let mut stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (client, mut operator) = (host.client().await, Operator::of(&host).await);
    stage.rewrite(
        json!({ "drivers": { "lab": { "settings": { "note": "new" } } }, "grpc": { "max_in_flight": 77 } }),
    );
    let reload = operator.client.reload_config(ReloadConfigRequest {}).await.unwrap().into_inner();
    assert_eq!(reload.drivers, ["lab"]);
    assert_eq!(reload.restart_required, ["grpc.max_in_flight"]);
    lab_is(&client, 2, "one").await;

    stage.rewrite(json!({ "drivers": { "lab": { "enabled": false } } }));
    operator.client.reload_config(ReloadConfigRequest {}).await.unwrap();
    assert_eq!(ask(&client, "lab:a", &[]).await.unwrap_err().code(), Code::NotFound);
    stage.rewrite(json!({ "drivers": { "lab": { "enabled": true } } }));
    operator.client.reload_config(ReloadConfigRequest {}).await.unwrap();
    assert!(ask(&client, "lab:a", &[]).await.is_ok());

    stage.rewrite(json!({ "plugins": { "settle": "soon" } }));
    let status = operator.client.reload_config(ReloadConfigRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(ask(&client, "lab:a", &[]).await.is_ok());
}

#[tokio::test]
async fn a_plugin_with_a_manifest_is_listed_with_its_id_version_and_trust() {
    let stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    let artifact = build("two");
    let header = Header {
        name: "lab".to_owned(),
        upload: true,
        manifest: manifest("lab", "2.0.0", &artifact),
        expected_digest: digest(&artifact),
        ..Header::default()
    };
    operator.swap_as(header, &artifact).await.unwrap();
    let drivers = operator.client.list_drivers(ListDriversRequest {}).await.unwrap().into_inner().drivers;
    let names: Vec<_> = drivers.iter().map(|driver| driver.name.as_str()).collect();
    assert_eq!(names, ["lab", "simulator"]);
    let lab = &drivers[0];
    assert_eq!(lab.state, DriverState::Active as i32);
    let newest = &lab.generations[0];
    assert_eq!((newest.plugin_id.as_str(), newest.plugin_version.as_str()), ("com.example.lab", "2.0.0"));
    assert_eq!(
        (newest.trust.as_str(), newest.origin.as_str(), newest.runtime.as_str()),
        ("none", "upload", "wasm")
    );
    assert!(lab.generations[1].rollback_target);
}

#[tokio::test]
async fn whoever_comes_back_gets_what_it_missed_and_sees_what_is_lost() {
    let stage = Stage::new(json!({ "plugins": { "max_events": 20 } }));
    let host = stage.start_with_lab("one").await;
    let mut operator = Operator::of(&host).await;
    let mut events = operator.events(0).await;
    operator.swap("lab", &build("two")).await.unwrap();
    let seen = events.next("activated", "lab").await.sequence;
    drop(events);
    operator.swap("lab", &build("three")).await.unwrap();
    let mut again = operator.events(seen).await;
    let missed = again.next("activated", "lab").await;
    assert!(missed.sequence > seen && missed.generation == 3, "{missed:?}");
    // More happens than is kept: the numbers have a gap.
    for _ in 0..10 {
        operator.unload("lab").await.unwrap();
        operator.load("lab").await.unwrap();
    }
    let first = operator.events(seen).await.first().await;
    assert!(first.sequence > seen + 1, "{first:?}");
    // A number of another process stands for all that is kept.
    assert_eq!(operator.events(1_000_000).await.first().await.sequence, first.sequence);
}
