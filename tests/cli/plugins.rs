//! `plugin`: authors sign, hosts verify, operators list, swap, roll back and watch.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Code;

use crate::stage::command;
use crate::support::builds::{build, install, manifest};
use crate::support::guests::bell;
use crate::support::host::{Host, new_folder};
use crate::support::program::{Finished, finish};

async fn run(arguments: &[&str]) -> Finished {
    finish(&mut command(arguments)).await
}

/// A plugin's folder with an artifact and a manifest.
fn plugin(folder: &Path) -> PathBuf {
    install(folder, "lab", "1.0.0", &build("one"));
    folder.join("lab")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A new key; its file, and the line of config that trusts it.
async fn new_key(folder: &Path, name: &str) -> (PathBuf, String) {
    let file = folder.join(format!("{name}.key"));
    let made = run(&["plugin", "keygen", text(&file)]).await;
    made.exits(0);
    let line = made.stdout.lines().find(|line| line.trim_start().starts_with(&format!("{name}: ")));
    let public = line.unwrap().trim().split_once(": ").unwrap().1.trim_matches('"').to_owned();
    (file, public)
}

/// A config file that trusts these keys.
fn trusting(folder: &Path, keys: &Value) -> PathBuf {
    let file = folder.join("trust.yaml");
    let plugins =
        json!({ "directories": [folder.join("plugins")], "trust": { "default": "signature", "keys": keys } });
    fs::write(&file, json!({ "plugins": plugins }).to_string()).unwrap();
    file
}

#[tokio::test]
async fn a_signed_plugin_is_verified_and_serves_on_a_host_that_trusts_its_author() {
    let folder = new_folder();
    let plugin = plugin(&folder.path().join("plugins"));
    let (key, public) = new_key(folder.path(), "author").await;
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let config = trusting(folder.path(), &json!({ "author": public }));
    let verify = ["plugin", "verify", text(&plugin), "--config", text(&config)];
    let unsigned = run(&verify).await;
    unsigned.exits(1);
    assert!(unsigned.stderr.contains("TRUST_SIGNATURE_MISSING"), "{unsigned:#?}");

    run(&["plugin", "sign", text(&plugin), "--key", text(&key)]).await.exits(0);
    let signed = run(&verify).await;
    signed.exits(0);
    assert!(signed.stdout.contains("trusted (signature:author)"), "{signed:#?}");
    let host = Host::start(&fs::read_to_string(&config).unwrap()).await;
    let answer = host.client().await.execute_circuit(bell("j", "lab:a", &[])).await.unwrap();
    assert_eq!(answer.into_inner().metadata["driver"], "lab");
    let inspected = run(&["plugin", "inspect", text(&plugin)]).await;
    inspected.exits(0);
    for told in ["eigen:qdriver", "sha256:", "com.example.lab"] {
        assert!(inspected.stdout.contains(told), "no {told}: {inspected:#?}");
    }
}

#[tokio::test]
async fn what_was_changed_after_signing_or_signed_by_a_stranger_is_refused_with_the_reason() {
    let folder = new_folder();
    let plugin = plugin(&folder.path().join("plugins"));
    let (key, _) = new_key(folder.path(), "stranger").await;
    let (_, trusted) = new_key(folder.path(), "author").await;
    let config = trusting(folder.path(), &json!({ "author": trusted }));
    let refused = async |reason: &str| {
        let verified = run(&["plugin", "verify", text(&plugin), "--config", text(&config)]).await;
        verified.exits(1);
        assert!(verified.stderr.contains(reason), "no {reason}: {verified:#?}");
    };
    run(&["plugin", "sign", text(&plugin), "--key", text(&key)]).await.exits(0);
    refused("TRUST_SIGNATURE_INVALID").await;

    let (own, public) = new_key(folder.path(), "own").await;
    trusting(folder.path(), &json!({ "own": public }));
    run(&["plugin", "sign", text(&plugin), "--key", text(&own)]).await.exits(0);
    let manifest_file = plugin.join("plugin.toml");
    let signed = fs::read_to_string(&manifest_file).unwrap();
    fs::write(&manifest_file, signed.replace("1.0.0\"\nplugin_type", "1.0.1\"\nplugin_type")).unwrap();
    refused("TRUST_SIGNATURE_INVALID").await;
    fs::write(&manifest_file, signed).unwrap();
    fs::write(plugin.join("lab.wasm"), build("two")).unwrap();
    refused("TRUST_DIGEST_MISMATCH").await;
}

#[tokio::test]
async fn a_key_is_never_written_over_and_a_sign_never_writes_over_the_artifact() {
    let folder = new_folder();
    let (key, _) = new_key(folder.path(), "author").await;
    let before = fs::read(&key).unwrap();
    run(&["plugin", "keygen", text(&key)]).await.exits(2);
    assert_eq!(fs::read(&key).unwrap(), before);

    let plugin = plugin(folder.path());
    let hostile = format!("signature_bundle_ref = \"lab.wasm\"\n{}", manifest("lab", "1.0.0", &build("one")));
    fs::write(plugin.join("plugin.toml"), hostile).unwrap();
    let refused = run(&["plugin", "sign", text(&plugin), "--key", text(&key)]).await;
    refused.exits(3);
    assert!(refused.stderr.contains("is the manifest or its signature"), "{refused:#?}");
    assert_eq!(fs::read(plugin.join("lab.wasm")).unwrap(), build("one"));
    for nonsense in ["", "no key at all", "-----BEGIN PRIVATE KEY-----"] {
        fs::write(folder.path().join("bad.key"), nonsense).unwrap();
        run(&["plugin", "sign", text(&plugin), "--key", text(&folder.path().join("bad.key"))]).await.exits(2);
    }
}

/// A host whose operators come by its Unix socket.
async fn on_a_socket() -> (Host, TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("admin.sock");
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    let config = json!({ "plugins": { "directories": [plugins], "trust": { "default": "none" } } });
    let file = folder.path().join("dm.yaml");
    fs::write(&file, config.to_string()).unwrap();
    let address = format!("unix:{}", socket.display());
    let host = Host::launch(new_folder(), |command| {
        command.arg("--config").arg(&file).env("DRIVER_MANAGER_ADMIN_BIND", &address);
    })
    .await;
    (host, folder, address)
}

#[tokio::test]
async fn operators_list_swap_roll_back_and_watch_over_the_socket() {
    let (host, folder, address) = on_a_socket().await;
    assert_eq!(host.admin, address);
    let socket = folder.path().join("admin.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let plugin = async |arguments: &[&str]| {
        let mut all = vec!["plugin"];
        all.extend(arguments);
        all.extend(["--admin", &address]);
        run(&all).await
    };
    let ok = async |arguments: &[&str]| {
        let finished = plugin(arguments).await;
        finished.exits(0);
        finished.stdout
    };
    let (one, two) = (folder.path().join("lab.wasm"), folder.path().join("two.wasm"));
    fs::write(&one, build("one")).unwrap();
    fs::write(&two, build("two")).unwrap();
    assert!(ok(&["list"]).await.contains("simulator"));
    ok(&["swap", "lab", text(&one)]).await;
    let swapped = plugin(&["swap", "lab", text(&two)]).await;
    swapped.exits(0);
    assert!(swapped.stdout.contains("generation 2"), "{swapped:#?}");
    ok(&["swap", "lab", text(&one), "--dry-run"]).await;
    let listed: Value = serde_json::from_str(&ok(&["list", "--json"]).await).unwrap();
    let lab = listed.as_array().unwrap().iter().find(|driver| driver["name"] == "lab").unwrap();
    assert_eq!((&lab["state"], &lab["generations"][0]["generation"]), (&json!("ACTIVE"), &json!(2)));
    ok(&["rollback", "lab"]).await;
    assert!(ok(&["show", "lab"]).await.contains("lab:a, lab:b"));
    ok(&["unload", "lab"]).await;
    let gone = host.client().await.execute_circuit(bell("j", "lab:a", &[])).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    ok(&["load", "lab"]).await;
    ok(&["reload"]).await;
    ok(&["breaker", "open", "lab"]).await;
    assert!(ok(&["breakers"]).await.contains("OPEN"));
    ok(&["breaker", "auto", "lab"]).await;
    plugin(&["show", "nobody"]).await.exits(3);
    plugin(&["swap", "lab", text(&folder.path().join("missing.wasm"))]).await.exits(2);
    fs::write(&two, b"no component").unwrap();
    let refused = plugin(&["swap", "lab", text(&two)]).await;
    refused.exits(3);
    assert!(refused.stderr.contains("not a WebAssembly file"), "{refused:#?}");
}

#[tokio::test]
async fn a_socket_is_taken_over_from_the_dead_but_not_from_the_living_and_nothing_else_is_removed() {
    let (mut host, folder, address) = on_a_socket().await;
    let second = || {
        let mut command = command(&["serve", "--config"]);
        command.arg(folder.path().join("dm.yaml")).env("DRIVER_MANAGER_ADMIN_BIND", &address);
        command
    };
    let refused = finish(&mut second()).await;
    refused.exits(1);
    assert!(refused.stderr.contains("another host serves there"), "{refused:#?}");
    assert!(host.client().await.execute_circuit(bell("j", "sim:local", &[])).await.is_ok());

    host.signal(rustix::process::Signal::KILL);
    host.wait().await;
    assert!(folder.path().join("admin.sock").exists());
    let next = Host::launch(new_folder(), |command| {
        command.arg("--config").arg(folder.path().join("dm.yaml")).env("DRIVER_MANAGER_ADMIN_BIND", &address);
    });
    let next = next.await;
    run(&["plugin", "list", "--admin", &address]).await.exits(0);
    drop(next);

    let precious = folder.path().join("precious");
    fs::write(&precious, "words").unwrap();
    let mut wrong = command(&["serve"]);
    wrong.env("DRIVER_MANAGER_ADMIN_BIND", format!("unix:{}", precious.display()));
    let refused = finish(&mut wrong).await;
    refused.exits(1);
    assert!(refused.stderr.contains("no socket"), "{refused:#?}");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "words");
}
