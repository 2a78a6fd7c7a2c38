//! Hosts with a replaceable driver, and what callers see of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Status;

use crate::support::builds::{build, marker};
use crate::support::guests::merge;
use crate::support::host::{Client, Host, new_folder, state_folder};

/// Asymmetric: only the first of two qubits is flipped.
const FLIP: &str = r#"{"version":"1.0.0","qubits":2,"operations":[
    {"op":"X","q":[0]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
/// Shots of every request.
const SHOTS: i32 = 10;

/// A host of its own: plugin folder, state and compiled components, for restarts.
pub struct Stage {
    folder: TempDir,
    config: Value,
}

impl Stage {
    /// A stage whose plugin folder lets anything run; `more` is merged into the config's sections.
    pub fn new(more: Value) -> Self {
        let folder = new_folder();
        let plugins = folder.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        state_folder(&folder.path().join("state"));
        let mut config = json!({
            "plugins": {
                "directories": [plugins],
                "trust": { "default": "none" },
                "settle": "100ms",
                "removal_grace": "200ms",
                "drain_timeout": "10s",
            },
            "wasm": { "state_dir": folder.path().join("state"), "cache_dir": shared_cache() },
            "driver_defaults": { "memory": "16MiB", "instances": 16 },
        });
        merge(&mut config, more);
        Self { folder, config }
    }

    /// The plugin folder.
    pub fn plugins(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// Where the config is written.
    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("driver_manager.yaml")
    }

    /// Writes the config anew with other values.
    pub fn rewrite(&mut self, more: Value) {
        merge(&mut self.config, more);
        fs::write(self.config_file(), self.config.to_string()).unwrap();
    }

    /// Starts a host on this stage.
    pub async fn start(&self) -> Host {
        self.start_with(|_| {}).await
    }

    /// Starts a host whose command is adjusted first.
    pub async fn start_with(&self, adjust: impl FnOnce(&mut std::process::Command)) -> Host {
        fs::write(self.config_file(), self.config.to_string()).unwrap();
        let file = self.config_file();
        Host::launch(new_folder(), |command| {
            command.arg("--config").arg(file);
            adjust(command);
        })
        .await
    }

    /// Starts a host that already has the driver `lab` in this build, by its plugin folder.
    pub async fn start_with_lab(&self, word: &str) -> Host {
        crate::support::builds::install(&self.plugins(), "lab", "1.0.0", &build(word));
        self.start().await
    }
}

/// Compiled components, shared by all stages: only the first start compiles a build.
fn shared_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts/cache/eigen-driver-manager")
}

/// A request for a device.
pub fn request(device: &str, options: &[(&str, &str)]) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload {
            format: CircuitFormat::AqoJson as i32,
            data: FLIP.as_bytes().to_vec(),
        }),
        shots: SHOTS,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

/// An answer, or the refusal.
pub async fn ask(
    client: &Client,
    device: &str,
    options: &[(&str, &str)],
) -> Result<ExecuteCircuitResponse, Status> {
    client.clone().execute_circuit(request(device, options)).await.map(tonic::Response::into_inner)
}

/// Checks the counts; gives generation and build of an answer.
#[track_caller]
pub fn told(answer: &ExecuteCircuitResponse) -> (u64, String) {
    assert_eq!(answer.counts, [("01".to_owned(), i64::from(SHOTS))].into());
    (answer.metadata["driver_generation"].parse().unwrap(), answer.metadata["build"].clone())
}

/// Asks `lab:a`; its answer must be of this generation and build.
pub async fn lab_is(client: &Client, generation: u64, word: &str) {
    let answer = ask(client, "lab:a", &[]).await.unwrap();
    assert_eq!(told(&answer), (generation, marker(word)));
}

/// Asks until the answer is of this build; gives its generation.
pub async fn lab_becomes(client: &Client, word: &str) -> u64 {
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    loop {
        if let Ok(answer) = ask(client, "lab:a", &[]).await
            && told(&answer).1 == marker(word)
        {
            return told(&answer).0;
        }
        assert!(std::time::Instant::now() < until, "lab:a never answered as {word}");
        // Whoever asks without a pause takes the time that a compiler needs.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Details of a refusal: the reason's name and the remedy.
pub fn reason(status: &Status) -> (String, String) {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    let metadata: BTreeMap<_, _> = info.metadata.clone().into_iter().collect();
    (info.reason.clone(), metadata.get("remediation").cloned().unwrap_or_default())
}
