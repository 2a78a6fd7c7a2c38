//! The host that most tests speak to, and the binary as a client of it.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support::guests::{config, fixture, host};
use crate::support::host::{self, Host};
use crate::support::program::{Finished, feed};

/// The shared host: a simulator that may be asked for errors, and drivers with a fault.
pub async fn stage() -> &'static Host {
    static STAGE: OnceCell<Host> = OnceCell::const_new();
    STAGE
        .get_or_init(async || {
            let limits = json!({ "memory": "16MiB" });
            host(&config(json!({
                "simulator": { "settings": { "fault_injection": "true" } },
                "panics": fixture("panics", limits.clone()),
                "slow-ok": fixture("slow-ok", limits),
            })))
            .await
        })
        .await
}

/// The root of the repository, where relative paths of its documents start.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A command of the binary, at the root of the repository.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = host::command();
    command.current_dir(root()).args(arguments);
    command
}

/// The same, as a client of the shared host.
pub async fn client(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.env("DRIVER_MANAGER_ENDPOINT", stage().await.endpoint());
    command
}

/// Runs a client command against the shared host.
pub async fn ask(arguments: &[&str]) -> Finished {
    ask_with(arguments, "").await
}

/// The same with something on stdin.
pub async fn ask_with(arguments: &[&str], stdin: &str) -> Finished {
    feed(&mut client(arguments).await, stdin.as_bytes()).await
}

/// What a client command prints as JSON.
pub async fn ask_json(arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let finished = ask(&all).await;
    finished.exits(0);
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:#?}"))
}

/// Counts as they are printed plain: a bitstring, a tab, a number; sorted by bitstring.
#[track_caller]
pub fn plain(finished: &Finished) -> Vec<(String, i64)> {
    finished.exits(0);
    let counts: Vec<(String, i64)> = finished
        .stdout
        .lines()
        .map(|line| {
            let (bits, count) = line.split_once('\t').unwrap_or_else(|| panic!("not plain: {line:?}"));
            (bits.to_owned(), count.parse().unwrap())
        })
        .collect();
    assert!(counts.is_sorted(), "{counts:?}");
    counts
}
