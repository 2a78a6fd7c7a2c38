//! Whatever is wrong with a replacement: the old generation serves on, and the reason says what to do.

use std::fs;
use std::path::Path;

use driver_manager::grpc::admin::proto::DriverState;
use driver_manager::grpc::admin::proto::swap_driver_request::Header;
use driver_manager::plugin::trust::signature::PrivateKey;
use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, lab_is, reason};
use crate::support::builds::{build, digest, manifest};
use crate::support::host::Host;
use crate::support::operator::{Operator, serving};

/// A host on this stage that serves build `one`, whatever the stage's policy for others.
async fn with_lab(mut stage: Stage) -> (Stage, Host) {
    stage.rewrite(json!({ "drivers": { "lab": { "digests": [digest(&build("one"))] } } }));
    let host = stage.start_with_lab("one").await;
    (stage, host)
}

/// Swaps, expects a refusal with this reason, and checks that nothing has changed.
async fn refuses(host: &Host, header: Option<Header>, artifact: &[u8], expected: &str) -> tonic::Status {
    let (client, mut operator) = (host.client().await, Operator::of(host).await);
    let before = serving(&operator.driver("lab").await);
    let header = header.unwrap_or_default();
    let header = Header { name: "lab".to_owned(), upload: true, ..header };
    let status = operator.swap_as(header, artifact).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    let (name, remedy) = reason(&status);
    assert_eq!(name, expected, "{status:?}");
    assert!(!remedy.is_empty(), "{status:?}");
    lab_is(&client, 1, "one").await;
    let driver = operator.driver("lab").await;
    assert_eq!((serving(&driver), driver.state), (before, DriverState::Active as i32));
    assert_eq!(driver.reason_code, expected);
    status
}

/// Single differences and last words.
fn lines(status: &tonic::Status) -> Vec<String> {
    let details = tonic_types::StatusExt::get_error_details(status);
    let violations =
        details.precondition_failure().map(|failure| failure.violations.clone()).unwrap_or_default();
    violations.into_iter().map(|violation| violation.description).collect()
}

async fn quarantines(host: &Host, header: Option<Header>, artifact: &[u8], expected: &'static str) {
    refuses(host, header, artifact, expected).await;
    host.log()
        .wait_for(expected, |line| line["event"] == "driver_quarantined" && line["reason"] == expected)
        .await;
    host.wait_for_metric("eigen_driver_quarantines_total", &[("driver", "lab"), ("reason", expected)], |n| {
        n > 0.5
    })
    .await;
}

fn signed_only() -> Stage {
    Stage::new(
        json!({ "plugins": { "trust": { "default": "signature" } }, "drivers": { "lab": { "trust": "digest" } } }),
    )
}

#[tokio::test]
async fn another_digest_than_the_caller_or_the_config_names() {
    let (_stage, host) = with_lab(signed_only()).await;
    let expected = Header { expected_digest: digest(b"something else"), ..Header::default() };
    quarantines(&host, Some(expected), &build("two"), "TRUST_DIGEST_MISMATCH").await;
    quarantines(&host, None, &build("two"), "TRUST_POLICY_DENIED").await;
    let artifact = build("two");
    let of_another = Header { manifest: manifest("lab", "1.0.0", b"another"), ..Header::default() };
    quarantines(&host, Some(of_another), &artifact, "TRUST_DIGEST_MISMATCH").await;
}

#[tokio::test]
async fn a_missing_or_wrong_signature() {
    let mut stage = Stage::new(json!({}));
    let host = stage.start_with_lab("one").await;
    let (ours, theirs) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let key = format!("{:?}", ours.public());
    stage.rewrite(json!({ "drivers": { "lab": { "trust": "signature" } }, "plugins": { "trust": { "keys": { "ops": key } } } }));
    let mut operator = Operator::of(&host).await;
    operator.client.reload_config(driver_manager::grpc::admin::proto::ReloadConfigRequest {}).await.unwrap();
    let artifact = build("two");
    let text = manifest("lab", "2.0.0", &artifact);
    let with = |signature: String| Some(Header { manifest: text.clone(), signature, ..Header::default() });
    quarantines(&host, None, &artifact, "TRUST_SIGNATURE_MISSING").await;
    quarantines(&host, with(String::new()), &artifact, "TRUST_SIGNATURE_MISSING").await;
    quarantines(&host, with(theirs.sign(text.as_bytes()).to_string()), &artifact, "TRUST_SIGNATURE_INVALID")
        .await;
    // The right signature is all that it takes.
    let header = Header {
        name: "lab".to_owned(),
        upload: true,
        ..with(ours.sign(text.as_bytes()).to_string()).unwrap()
    };
    operator.swap_as(header, &artifact).await.unwrap();
    let driver = operator.driver("lab").await;
    assert_eq!((driver.generations[0].trust.as_str(), driver.reason_code.as_str()), ("signature:ops", ""));
}

#[tokio::test]
async fn another_world_or_a_file_that_is_cut_short() {
    let (_stage, host) = with_lab(Stage::new(json!({}))).await;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/dist");
    let other = fs::read(fixtures.join("wrong-world.wasm")).unwrap();
    let status = refuses(&host, None, &other, "PLUGIN_INTERFACE_MISMATCH").await;
    let lines = lines(&status);
    assert!(
        lines.iter().any(|line| line.contains("does not export `eigen:qdriver/driver@1.0.0`")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.contains("build against eigen:qdriver@1.0.0")), "{lines:?}");
    let whole = build("two");
    refuses(&host, None, &whole[..whole.len() / 2], "PLUGIN_COMPILE_FAILED").await;
    refuses(&host, None, b"\0asm\x01\0\0\0", "PLUGIN_COMPILE_FAILED").await;
}

#[tokio::test]
async fn a_build_that_traps_is_sick_or_answers_its_self_test_wrongly() {
    let (_stage, host) =
        with_lab(Stage::new(json!({ "drivers": { "lab": { "self_test": "lab:a" } } }))).await;
    let status = refuses(&host, None, &build("trap"), "PLUGIN_START_FAILED").await;
    assert!(status.message().contains("panicked"), "{status:?}");
    let told = lines(&status);
    assert!(told.iter().any(|line| line.contains("this build traps in initialize")), "{told:?}");
    let status = refuses(&host, None, &build("sick"), "PLUGIN_PROBE_FAILED").await;
    assert!(status.message().contains("this build is sick"), "{status:?}");
    let status = refuses(&host, None, &build("wrong"), "PLUGIN_PROBE_FAILED").await;
    assert!(status.message().contains("self-test"), "{status:?}");
    refuses(&host, None, &build("fail"), "PLUGIN_PROBE_FAILED").await;
}

#[tokio::test]
async fn a_device_that_belongs_to_another_driver() {
    let (_stage, host) = with_lab(Stage::new(json!({}))).await;
    let status = refuses(&host, None, &build("clash"), "PLUGIN_CONFLICT_DEVICE").await;
    assert!(
        status.message().contains("`sim:local` of driver `lab` already belongs to driver `simulator`"),
        "{status:?}"
    );
}

#[tokio::test]
async fn a_compilation_that_takes_too_long() {
    // What was compiled before is taken from the cache, so that only the new build runs into the limit.
    let warm = Stage::new(json!({}));
    drop(warm.start_with_lab("one").await);
    let (_stage, host) = with_lab(Stage::new(json!({ "wasm": { "compile_timeout": "100ms" } }))).await;
    let fresh = build(&format!("{:x}", std::process::id()));
    refuses(&host, None, &fresh, "PLUGIN_COMPILE_TIMEOUT").await;
}

#[tokio::test]
async fn a_manifest_for_another_platform_or_with_wishes_beyond_its_grants() {
    let (_stage, host) = with_lab(Stage::new(json!({}))).await;
    let artifact = build("two");
    let text = manifest("lab", "2.0.0", &artifact);
    let with = |text: String| Some(Header { manifest: text, ..Header::default() });
    let later = text.replace(">=0.6.0,<1.0.0", ">=9.0.0");
    refuses(&host, with(later), &artifact, "COMPAT_VERSION_MISMATCH").await;
    let api = text.replace("plugin_api_version = \"1.0.0\"", "plugin_api_version = \"2.0.0\"");
    refuses(&host, with(api), &artifact, "COMPAT_UNSUPPORTED_PLUGIN_API").await;
    let greedy = format!("{text}[limits]\nmemory = \"512MiB\"\n");
    quarantines(&host, with(greedy), &artifact, "PLUGIN_SANDBOX_PROFILE_VIOLATION").await;
    refuses(&host, with("plugin_id = 1".to_owned()), &artifact, "PLUGIN_MANIFEST_INVALID").await;
    let python = text.replace("runtime = \"wasm\"", "runtime = \"python\"");
    refuses(&host, with(python), &artifact, "PLUGIN_RUNTIME_UNAVAILABLE").await;
}
