//! Drivers in Python serve like any other: plain and as coroutines, in the form that they take, and replaced alive.

use std::time::{Duration, Instant};

use driver_manager::grpc::proto::CircuitFormat;
use serde_json::json;
use tonic::Code;

use crate::stage::{Stage, ask, send, worker};
use crate::support::operator::Operator;

#[tokio::test]
async fn a_plain_driver_and_one_of_coroutines_get_settings_and_circuits_and_answer() {
    for colour in ["def", "async def"] {
        let stage =
            Stage::new(json!({ "drivers": { "lab": { "settings": { "note": "from the operator" } } } }));
        stage.install("1.0.0", colour, "");
        let host = stage.start().await;
        let answer = ask(&host.client().await, &[]).await.unwrap();
        worker(&answer);
        assert_eq!(answer.metadata["config"], "from the operator");
        assert!(answer.metadata["circuit"].starts_with(r#"{"operations":[{"op":"X""#), "{answer:?}");
    }
}

#[tokio::test]
async fn a_driver_that_takes_aqo_alone_gets_what_was_sent_as_openqasm() {
    let stage = Stage::new(json!({}));
    stage.install("1.0.0", "def", "");
    let host = stage.start().await;
    let circuit =
        "OPENQASM 3; include \"stdgates.inc\"; qubit[2] q; bit[2] c; x q[0]; barrier q; c = measure q;";
    let answer = send(&host.client().await, CircuitFormat::Qasm3Text, circuit, &[]).await.unwrap();
    worker(&answer);
    assert!(answer.metadata["circuit"].starts_with(r#"{"operations":"#), "{answer:?}");
}

#[tokio::test]
async fn coroutines_wait_side_by_side_in_one_process() {
    let stage = Stage::new(json!({ "drivers": { "lab": { "limits": { "instances": 64 } } } }));
    stage.install("1.0.0", "async def", "await asyncio.sleep(0.2)");
    let host = stage.start().await;
    let client = host.client().await;
    worker(&ask(&client, &[]).await.unwrap());
    let started = Instant::now();
    let calls = (0..50).map(|seed| {
        let client = client.clone();
        // No two requests are the same one.
        async move { ask(&client, &[("seed", &seed.to_string())]).await }
    });
    for answer in futures::future::join_all(calls).await {
        worker(&answer.unwrap());
    }
    assert!(started.elapsed() < Duration::from_secs(3), "one by one they take 10 s: {:?}", started.elapsed());
}

#[tokio::test]
async fn each_kind_of_exception_has_its_status_and_a_traceback_goes_to_the_log_alone() {
    let stage = Stage::new(json!({ "resilience": { "retry": { "attempts": 1 } } }));
    let body = "what = options.get('raise')\nif what: raise eval(what)";
    stage.install("1.0.0", "def", body);
    let host = stage.start().await;
    let client = host.client().await;
    for (raise, expected) in [
        ("ValueError('no such gate')", Code::InvalidArgument),
        ("NotImplementedError('not here')", Code::Unimplemented),
        ("PermissionError('not you')", Code::PermissionDenied),
        ("RuntimeError('hidden-in-the-log')", Code::Internal),
    ] {
        let status = ask(&client, &[("raise", raise)]).await.unwrap_err();
        assert_eq!(status.code(), expected, "{raise}: {status:?}");
        assert!(!format!("{status:?}").contains("hidden-in-the-log"), "{status:?}");
    }
    host.log()
        .wait_for("the traceback", |line| {
            let cause = line["cause"].as_str().unwrap_or_default();
            cause.contains("hidden-in-the-log") && cause.contains("lab_driver.py")
        })
        .await;
}

#[tokio::test]
async fn a_replacement_serves_and_the_old_workers_end() {
    let stage = Stage::new(json!({}));
    stage.install("1.0.0", "def", "seen['build'] = 'one'");
    let host = stage.start().await;
    let client = host.client().await;
    let old = ask(&client, &[]).await.unwrap();
    assert_eq!(old.metadata["build"], "one");
    let mut events = Operator::of(&host).await.events(0).await;
    stage.install("2.0.0", "def", "seen['build'] = 'two'");
    events.next("activated", "lab").await;
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = ask(&client, &[("seed", "2")]).await.unwrap();
        if answer.metadata["build"] == "two" {
            break;
        }
        assert!(Instant::now() < until, "{answer:?}");
    }
    while std::path::Path::new(&format!("/proc/{}", worker(&old))).exists() {
        assert!(Instant::now() < until, "the old worker lives on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_python_file_without_a_manifest_is_a_driver_and_may_import_what_lies_beside_it() {
    let stage = Stage::new(json!({}));
    stage.install_bare("def", "import lab_helper\nseen['helper'] = lab_helper.WORD", "WORD = 'beside'\n");
    let host = stage.start().await;
    let answer = ask(&host.client().await, &[]).await.unwrap();
    assert_eq!(answer.metadata["helper"], "beside");
}
