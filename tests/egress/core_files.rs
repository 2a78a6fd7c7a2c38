//! A process that holds secrets leaves none of them behind when it dies.

use std::fs;
use std::process::Stdio;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use serde_json::json;

use crate::support::host::{Host, new_folder};

const CANARY: &str = "canary-in-a-core-9b41e7";

/// A host with the canary in its environment that dies by a signal which writes a core file; the core file.
async fn core_of(secrets: serde_json::Value) -> Option<Vec<u8>> {
    let folder = new_folder();
    let file = folder.path().join("dm.yaml");
    let config = json!({ "plugins": { "directories": [] }, "secrets": secrets });
    fs::write(&file, config.to_string()).unwrap();
    let mut host = Host::launch(folder, |command| {
        command.arg("--config").arg(&file).env("CORE_CANARY", CANARY).stdin(Stdio::null());
    })
    .await;
    host.signal(Signal::ABORT);
    host.wait().await;
    let mut files = fs::read_dir(host.folder().join("work")).unwrap();
    let core = files.find(|file| file.as_ref().unwrap().file_name().to_string_lossy().starts_with("core"))?;
    Some(fs::read(core.unwrap().path()).unwrap())
}

/// Lets this process and its children write core files as large as may be; whether they may at all.
fn allow_core_files() -> bool {
    let most = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: most, maximum: most }).unwrap();
    most != Some(0)
}

#[tokio::test]
async fn a_host_with_secrets_leaves_no_core_file_even_where_the_limits_allow_one() {
    let allowed = allow_core_files();
    assert!(core_of(json!({ "key": { "env": "CORE_CANARY" } })).await.is_none());
    // The same death without secrets: where the kernel writes core files beside the process, there is one, and
    // it holds what the process held.
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if allowed && pattern.starts_with("core") {
        let core = core_of(json!({})).await.unwrap();
        assert!(core.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
    }
}
