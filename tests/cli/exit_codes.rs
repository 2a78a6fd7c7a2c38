//! Exit codes, as `--help` lists them: each provoked by what it stands for.

use std::net::TcpListener;

use crate::answering_host;
use crate::stage::{ask, command};
use crate::support::program::finish;

const BELL: &str = "examples/bell.qasm";

#[tokio::test]
async fn zero_is_done() {
    for arguments in [&["devices"][..], &["run", BELL], &["status", "sim:local"]] {
        let finished = ask(arguments).await;
        finished.exits(0);
        assert_eq!(finished.stderr, "");
    }
}

#[tokio::test]
async fn one_is_a_host_that_cannot_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut serve = command(&["serve"]);
    serve.env("DRIVER_MANAGER_GRPC_BIND", taken.local_addr().unwrap().to_string());
    finish(&mut serve).await.exits(1).complains(&["error: cannot listen on", "grpc.bind"]);
}

#[tokio::test]
async fn two_is_a_wrong_command_line() {
    for (arguments, complaint) in [
        (&["run", "no/such/file.qasm"][..], "no/such/file.qasm: No such file"),
        (&["run", "examples"], "examples: Is a directory"),
        (&["run", BELL, "--shots", "many"], "--shots"),
        (&["run", BELL, "--shots", "99999999999"], "--shots"),
        (&["run", BELL, "--seed=-1"], "--seed"),
        (&["run", BELL, "--timeout", "5 parsecs"], "--timeout"),
        (&["run", BELL, "--timeout", "5"], "--timeout"),
        (&["run", BELL, "--param", "theta"], "write it as NAME=VALUE"),
        (&["run", BELL, "--option", "=1"], "the name is empty"),
        (&["run", BELL, "--output", "pie"], "auto, chart, plain, json"),
        (&["run"], "<CIRCUIT>"),
        (&["devices", "--endpoint", "not a url"], "--endpoint not a url"),
        (&["devises"], "devices"),
        (&[], "Usage: driver-manager"),
    ] {
        let finished = ask(arguments).await;
        finished.exits(2).complains(&[complaint]);
        assert_eq!(finished.stdout, "", "{arguments:?}");
    }
}

#[tokio::test]
async fn three_is_a_request_that_will_never_do() {
    ask(&["run", BELL, "--shots", "0"]).await.exits(3).complains(&["shots: must be > 0"]);
    ask(&["run", BELL, "--device", "nowhere"]).await.exits(3).complains(&["unknown device `nowhere`"]);
    let profile = ["run", BELL, "--option", "provider_profile=moon"];
    ask(&profile).await.exits(3).complains(&["Unsupported provider_profile: moon"]);
}

#[tokio::test]
async fn four_is_a_reason_to_try_again_later() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{free}");
    let nobody = ask(&["devices", "--endpoint", &endpoint]).await;
    nobody.exits(4).complains(&[
        &format!("no host answers at {endpoint}"),
        "refused",
        "start one with `driver-manager serve`",
    ]);
    for error in ["UNAVAILABLE", "RESOURCE_EXHAUSTED"] {
        ask(&["run", BELL, "--option", &format!("simulate_error={error}")]).await.exits(4);
    }
    let slow = ["run", BELL, "--device", "fixture:slow-ok", "--option", "ms=3600000"];
    ask(&[&slow[..], &["--timeout", "300ms"]].concat()).await.exits(4);
    let option = ask(&[&slow[..], &["--option", "dm.timeout=300ms"]].concat()).await;
    option.exits(4).complains(&["did not answer within", "dm.timeout"]);
}

#[tokio::test]
async fn five_is_about_credentials() {
    let endpoint = format!("http://{}", answering_host::start().await);
    for code in ["7", "16"] {
        let finished = ask(&["status", code, "--endpoint", &endpoint]).await;
        finished.exits(5).complains(&["as you wish"]);
    }
}

#[tokio::test]
async fn six_is_a_defect() {
    let finished = ask(&["run", BELL, "--device", "fixture:panics"]).await;
    finished.exits(6).complains(&["driver `panics` panicked", "correlation id: "]);
}

#[tokio::test]
async fn every_status_has_its_exit_code() {
    let endpoint = format!("http://{}", answering_host::start().await);
    // CANCELLED to UNAUTHENTICATED, in the order of their numbers.
    let expected = [4, 6, 3, 4, 3, 3, 5, 4, 3, 4, 3, 3, 6, 4, 6, 5];
    for (status, code) in (1..).zip(expected) {
        let device = i32::to_string(&status);
        for arguments in [&["calibrate", &device][..], &["run", BELL, "--device", &device]] {
            let finished = ask(&[arguments, &["--endpoint", &endpoint]].concat()).await;
            assert_eq!(finished.code, Some(code), "status {status}: {finished:#?}");
        }
    }
}
