//! `check`: everything that is wrong, at once, where it is and what would be right.

use std::fs;
use std::process::Command;

use crate::stage::command;
use crate::support::guests::fixture;
use crate::support::host::new_folder;
use crate::support::program::{Finished, finish};

/// One mistake of each kind.
const WRONG: &str = "\
grpc:
  bind: 0.0.0.0:50061
  max_mesage: 32MiB
  keepalive_interval: 30
  max_payload: 64MiB
log:
  level: inof
deadlines:
  simulator: 5 parsecs
  status: 10s
  status: 11s
circuits:
  max_qubits: lots
drivers:
  simulator:
    enabled: yes
    limits:
      memory: 64
      fule: unlimited
  Bad_Name: {}
plugin:
  directories: []
";

/// Where each mistake is, its key, and some words about it.
const MISTAKES: [(&str, &str, &str); 12] = [
    ("2:3", "grpc.bind", "`grpc.allow_remote_plaintext: true`"),
    ("3:3", "grpc.max_mesage", "unknown key `max_mesage`; allowed: bind,"),
    ("4:23", "grpc.keepalive_interval", "the bare number 30 has no unit; allowed: a duration with its unit"),
    ("5:3", "grpc.max_message", "leaves no room above `grpc.max_payload`"),
    ("7:3", "log.level", "unknown level `inof`"),
    ("9:14", "deadlines.simulator", "`5 parsecs` is no duration; allowed: a duration with its unit, such as"),
    ("11:3", "deadlines.status", "already given in line 10"),
    ("13:15", "circuits.max_qubits", "allowed: a whole number"),
    ("16:14", "drivers.simulator.enabled", "allowed: `true` or `false`"),
    ("18:15", "drivers.simulator.limits.memory", "the bare number 64 has no unit"),
    ("19:7", "drivers.simulator.limits.fule", "unknown key `fule`"),
    ("21:1", "plugin", "unknown key `plugin`"),
];

/// A command with a config file of this text, in a folder of its own.
async fn with_config(subcommand: &str, text: &str) -> Finished {
    let folder = new_folder();
    fs::write(folder.path().join("dm.yaml"), text).unwrap();
    let mut command = command(&[subcommand, "--config", "dm.yaml"]);
    finish(in_folder(&mut command, folder.path())).await
}

fn in_folder<'a>(command: &'a mut Command, folder: &std::path::Path) -> &'a mut Command {
    command
        .env_remove("DRIVER_MANAGER_GRPC_BIND")
        .env_remove("DRIVER_MANAGER_METRICS_PORT")
        .current_dir(folder)
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_place_key_and_remedy() {
    let finished = with_config("check", WRONG).await;
    finished.exits(1);
    for (place, key, words) in MISTAKES {
        let told =
            finished.stderr.lines().find(|line| line.starts_with(&format!("dm.yaml:{place}: {key}: ")));
        let told = told.unwrap_or_else(|| panic!("nothing about {key} at {place}: {finished:#?}"));
        assert!(told.contains(words), "no {words:?} in {told:?}");
    }
    for meant in ["max_message", "info", "fuel", "plugins"] {
        finished.complains(&[&format!("did you mean `{meant}`?")]);
    }
    finished.complains(&["`Bad_Name` is no driver name"]);
    assert_eq!(finished.stderr.lines().count(), MISTAKES.len() + 1, "{finished:#?}");
}

#[tokio::test]
async fn a_host_refuses_to_start_with_the_same_words() {
    let (check, serve) = (with_config("check", WRONG).await, with_config("serve", WRONG).await);
    serve.exits(1);
    assert_eq!(serve.stderr.strip_prefix("error: "), Some(check.stderr.as_str()));
    assert_eq!(serve.stdout, "");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    for subcommand in ["check", "serve"] {
        let missing = finish(&mut command(&[subcommand, "--config", "no/such.yaml"])).await;
        missing.exits(1).complains(&["no/such.yaml: cannot be read: No such file"]);
    }
    with_config("check", "grpc: [unclosed\n").await.exits(1).complains(&["dm.yaml:"]);
    with_config("check", "- a list\n")
        .await
        .exits(1)
        .complains(&["dm.yaml: found a list; allowed: a section"]);
}

#[tokio::test]
async fn drivers_that_do_not_load_are_told_in_readable_lines_and_the_others_are_fine() {
    let component = |name: &str| fixture(name, serde_json::json!({}))["component"].to_string();
    let finished = with_config(
        "check",
        &format!(
            "plugins: {{directories: [], trust: {{default: none}}}}\ndrivers:\n  alien: {{component: {}}}\n  fine: {{component: {}}}\n  \
             gone: {{component: /no/such.wasm}}\n  nowhere: {{}}\n  stalls: {{component: {}}}\n",
            component("wrong-world"),
            component("slow-ok"),
            component("traps-in-initialize"),
        ),
    )
    .await;
    finished.exits(1).complains(&["gone", "/no/such.wasm", "No such file"]);
    let about = |name: &str| {
        let told = finished.stderr.split("driver `").find(|told| told.starts_with(&format!("{name}`")));
        told.unwrap_or_else(|| panic!("nothing about {name}: {finished:#?}"))
    };
    // Both differences, each with what to do.
    for words in [
        "imports `example:greetings/telepathy@1.0.0`, which this host does not offer",
        "build against eigen:qdriver@",
        "does not export `eigen:qdriver/driver@",
        "eigen_qdriver::export!",
    ] {
        assert!(about("alien").contains(words), "no {words:?} in {:?}", about("alien"));
    }
    assert_eq!(about("nowhere").matches("drivers.nowhere.component").count(), 1, "{}", about("nowhere"));
    finished.complains(&["the ignition key is missing"]);
    assert!(finished.stdout.contains("driver fine: ok, fixture-slow-ok "), "{finished:#?}");
    assert!(finished.stdout.contains("devices fixture:slow-ok"), "{finished:#?}");
    assert!(finished.stdout.contains("driver simulator: ok"), "{finished:#?}");
}

#[tokio::test]
async fn two_drivers_with_one_device_are_told_apart() {
    let component = fixture("slow-ok", serde_json::json!({}))["component"].to_string();
    let text = format!(
        "plugins: {{trust: {{default: none}}}}\ndrivers:\n  one: {{component: {component}}}\n  two: {{component: {component}}}\n"
    );
    let finished = with_config("check", &text).await;
    finished.exits(1).complains(&["device `fixture:slow-ok`", "already belongs to driver"]);
}

#[tokio::test]
async fn a_config_that_is_right_is_told_with_its_drivers_and_warnings() {
    let finished = finish(&mut command(&["check", "--config", "config/driver_manager.yaml"])).await;
    finished.exits(0);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(lines[0], "config: config/driver_manager.yaml");
    assert!(lines.iter().any(|line| line.starts_with("warning: ") && line.contains("fault injection")));
    let simulator = lines.iter().find(|line| line.starts_with("driver simulator: ok, simulator "));
    assert!(simulator.is_some_and(|line| line.contains("devices sim:local")), "{lines:?}");
    assert_eq!(finished.stderr, "");
}

#[tokio::test]
async fn no_config_is_right_too() {
    let folder = new_folder();
    let finished = finish(in_folder(&mut command(&["check"]), folder.path())).await;
    finished.exits(0);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(lines[0], "config: defaults");
    assert!(lines.iter().any(|line| line.contains("from embedded")), "{lines:?}");
}
