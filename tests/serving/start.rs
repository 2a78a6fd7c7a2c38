//! The start: with nothing at hand, with something in the way, and with something it must not do.

use std::fs;
use std::net::{IpAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use driver_manager::grpc::proto::ListDevicesRequest;
use serde_json::{Value, json};

use crate::stage::component;
use crate::support::guests::{answer, bell, config};
use crate::support::host::{Host, command, new_folder};
use crate::support::program::{Finished, finish};

async fn devices(host: &Host) -> Vec<String> {
    let answer = host.client().await.list_devices(ListDevicesRequest {}).await.unwrap();
    answer.into_inner().devices.into_iter().map(|device| device.device_id).collect()
}

async fn loaded(host: &Host) -> Value {
    host.log().wait_for("event driver_loaded", |line| line["event"] == "driver_loaded").await
}

/// Starts a host that must not come up.
async fn refused(file: Option<&str>, adjust: impl FnOnce(&mut Command)) -> Finished {
    let folder = new_folder();
    let mut command = command();
    command.arg("serve").current_dir(folder.path());
    if let Some(text) = file {
        fs::write(folder.path().join("driver_manager.yaml"), text).unwrap();
        command.args(["--config", "driver_manager.yaml"]);
    }
    adjust(&mut command);
    let finished = finish(&mut command).await;
    assert_eq!(finished.stdout, "", "it said that it is ready");
    finished.exits(1);
    finished
}

#[tokio::test]
async fn it_serves_with_no_file_at_all() {
    let mut host = Host::start_with_defaults().await;
    let work = host.folder().join("work");
    assert_eq!(loaded(&host).await["source"], "embedded");
    assert_eq!(devices(&host).await, ["cluster:auto", "runtime:deterministic", "sim:local"]);
    let counts = answer(&host.client().await, bell("first", "sim:local", &[])).await.counts;
    assert!(counts.keys().all(|bits| bits == "00" || bits == "11"), "{counts:?}");
    assert!(host.stop().await.success());
    assert_eq!(fs::read_dir(work).unwrap().count(), 0, "it left something in its working directory");
}

#[tokio::test]
async fn it_serves_where_it_may_keep_nothing() {
    let host = Host::launch(new_folder(), |command| {
        command.env("XDG_CACHE_HOME", "/proc/nothing").env("XDG_STATE_HOME", "/proc/nothing");
    })
    .await;
    answer(&host.client().await, bell("first", "sim:local", &[])).await;
    let told = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains("are not kept"));
    host.log().wait_for("a word about the cache", told).await;
    let (_, page) = host.http_get("/healthz").await;
    assert!(page.contains("are not kept"), "{page}");
}

#[tokio::test]
async fn a_simulator_on_disk_comes_before_the_one_inside() {
    for place in ["plugins", "plugins/dist"] {
        let folder = new_folder();
        let plugins = folder.path().join("work").join(place);
        let file = folder.path().join("driver_manager.yaml");
        fs::write(&file, "plugins: {trust: {directories: {./plugins: none}}}").unwrap();
        let host = Host::launch(folder, |command| {
            fs::create_dir_all(&plugins).unwrap();
            fs::copy(component("slow-ok"), plugins.join("simulator.wasm")).unwrap();
            command.arg("--config").arg(&file);
        })
        .await;
        let line = loaded(&host).await;
        assert_eq!(line["driver_name"], "simulator");
        assert_eq!(line["source"], Path::new("./").join(place).join("simulator.wasm").display().to_string());
        assert_eq!(devices(&host).await, ["fixture:slow-ok"]);
    }
}

#[tokio::test]
async fn the_environment_comes_before_the_file() {
    let folder = new_folder();
    let file = folder.path().join("driver_manager.yaml");
    let mut settings = config(json!({}));
    settings["grpc"] = json!({ "bind": "127.0.0.1:1" });
    settings["http"] = json!({ "bind": "127.0.0.3:1" });
    settings["log"] = json!({ "level": "debug" });
    fs::write(&file, settings.to_string()).unwrap();
    let mut host = Host::launch(folder, |command| {
        command
            .env("DRIVER_MANAGER_CONFIG", &file)
            .env("DRIVER_MANAGER_GRPC_BIND", "127.0.0.2:0")
            .env("DRIVER_MANAGER_METRICS_PORT", "0")
            .env("DRIVER_MANAGER_LOG_LEVEL", "warn");
    })
    .await;
    assert_eq!(host.grpc.ip(), IpAddr::from([127, 0, 0, 2]));
    assert_eq!(host.http.ip(), IpAddr::from([127, 0, 0, 3]), "only the port is overridden");
    assert_ne!(host.http.port(), 1);
    answer(&host.client().await, bell("first", "sim:local", &[])).await;
    assert!(host.stop().await.success());
    let said: Vec<_> = host.log().json().into_iter().filter(|line| line["level"] != "WARN").collect();
    assert!(said.is_empty(), "{said:?}");
}

#[tokio::test]
async fn an_environment_that_makes_no_sense_is_refused_by_name() {
    for (variable, value, key) in [
        ("DRIVER_MANAGER_GRPC_BIND", "localhost", "grpc.bind"),
        ("DRIVER_MANAGER_METRICS_PORT", "65536", "http.bind"),
        ("DRIVER_MANAGER_LOG_LEVEL", "loud", "log.level"),
    ] {
        let finished = refused(None, |command| _ = command.env(variable, value)).await;
        finished.complains(&[&format!("environment variable {variable}: {key}:"), "allowed:"]);
    }
}

#[tokio::test]
async fn plain_text_for_other_machines_must_be_asked_for() {
    let by_env = refused(None, |command| _ = command.env("DRIVER_MANAGER_GRPC_BIND", "0.0.0.0:0")).await;
    by_env.complains(&["DRIVER_MANAGER_GRPC_BIND: grpc.bind: ", "grpc.allow_remote_plaintext: true"]);
    let by_file = refused(Some("grpc:\n  bind: 0.0.0.0:0\n"), |command| {
        command.env_remove("DRIVER_MANAGER_GRPC_BIND");
    })
    .await;
    by_file.complains(&["driver_manager.yaml:2:3: grpc.bind: ", "grpc.allow_remote_plaintext: true"]);
}

#[tokio::test]
async fn plain_text_for_other_machines_is_served_with_a_warning() {
    let folder = new_folder();
    let file = folder.path().join("driver_manager.yaml");
    fs::write(&file, "grpc: {bind: '0.0.0.0:0', allow_remote_plaintext: true}\n").unwrap();
    let host = Host::launch(folder, |command| {
        command.arg("--config").arg(&file).env_remove("DRIVER_MANAGER_GRPC_BIND");
    })
    .await;
    assert!(host.grpc.ip().is_unspecified());
    let warning = host.log().wait_for("a warning", |line| line["event"] == "config_warning").await;
    assert_eq!(warning["level"], "WARN");
    let text = warning["message"].as_str().unwrap();
    assert!(text.contains("0.0.0.0") && text.contains("not encrypted"), "{text}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let grpc =
        refused(None, |command| _ = command.env("DRIVER_MANAGER_GRPC_BIND", address.to_string())).await;
    let http = refused(None, |command| {
        command.env("DRIVER_MANAGER_METRICS_PORT", address.port().to_string());
    })
    .await;
    for (finished, key) in [(grpc, "grpc.bind"), (http, "http.bind")] {
        finished.complains(&[&format!("error: cannot listen on {address} (`{key}`): "), "in use"]);
    }
}
