//! Hosts with a driver in Python, and what callers see of it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use driver_manager::grpc::proto::{
    CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::support::builds::{digest, rename_into};
use crate::support::guests::merge;
use crate::support::host::{Client, Host};

/// A driver of one device, `py:a`, that flips the first of two qubits; `{execute}` is its method's body.
const DRIVER: &str = "
import asyncio, os, signal, sys, time
class Driver:
    name = 'lab'
    def initialize(self, config): self.config = config
    def get_devices(self):
        return [{'device_id': 'py:a', 'capabilities': {'max_qubits': 5, 'idempotent': True}}]
    {colour} execute_circuit(self, device_id, circuit, shots, options):
        counts, seen = {'01': shots}, {'pid': os.getpid(), 'circuit': circuit.decode()[:60], 'config': self.config.get('note', '')}
{execute}
        return counts, 0.001, seen
";

/// A host whose only plugin is `lab`, in Python.
pub struct Stage {
    plugins: TempDir,
    config: Value,
}

impl Stage {
    /// A stage with the sandbox that is the default; `more` is merged into the config.
    pub fn new(more: Value) -> Self {
        let plugins = tempfile::tempdir().unwrap();
        let bridge = Path::new(env!("CARGO_MANIFEST_DIR")).join("python-bridge/dist");
        assert!(bridge.is_dir(), "{} is missing; run `cargo xtask bridge`", bridge.display());
        let bridge = readable(&bridge);
        let mut config = json!({
            "plugins": { "directories": [plugins.path()], "trust": { "default": "none" }, "settle": "100ms" },
            // The system's, which any user may run: where the tests run as root, workers do not.
            "python": { "interpreter": "/usr/bin/python3", "bridge": bridge, "cancel_grace": "300ms" },
        });
        merge(&mut config, more);
        Self { plugins, config }
    }

    /// The plugin folder.
    pub fn folder(&self) -> &Path {
        self.plugins.path()
    }

    /// Installs a driver whose `execute_circuit` has this body, before it answers.
    pub fn install(&self, version: &str, colour: &str, body: &str) {
        self.install_file(version, &driver(colour, body));
    }

    /// Installs a driver without a manifest, and a module beside it.
    pub fn install_bare(&self, colour: &str, body: &str, helper: &str) {
        // Workers may be another user.
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.plugins.path(), readable).unwrap();
        rename_into(&self.plugins.path().join("lab_helper.py"), helper.as_bytes());
        rename_into(&self.plugins.path().join("lab_driver.py"), driver(colour, body).as_bytes());
    }

    /// Installs a driver: artifact first, manifest last.
    pub fn install_file(&self, version: &str, source: &str) {
        let folder = self.plugins.path().join("lab");
        std::fs::create_dir_all(&folder).unwrap();
        rename_into(&folder.join("lab_driver.py"), source.as_bytes());
        let manifest = format!(
            "manifest_schema_version = \"2.1.0\"\nplugin_id = \"com.example.lab\"\nplugin_version = \"{version}\"\n\
             plugin_type = \"driver\"\nplugin_api_version = \"1.0.0\"\neigen_os_compatibility = \">=0.6.0,<1.0.0\"\n\n\
             [driver]\nname = \"lab\"\nruntime = \"python\"\nartifact = \"lab_driver.py\"\nartifact_digest = \"{}\"\n",
            digest(source.as_bytes())
        );
        rename_into(&folder.join("plugin.toml"), manifest.as_bytes());
    }

    /// The config of a host.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// Starts a host.
    pub async fn start(&self) -> Host {
        Host::start(&self.config.to_string()).await
    }
}

/// A folder, or a copy of it where every user can read it: workers are another user than root, and the project may
/// lie below a folder that is closed to others.
pub fn readable(folder: &Path) -> PathBuf {
    static COPYING: Mutex<()> = Mutex::new(());
    let open =
        |folder: &Path| folder.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0);
    if !rustix::process::geteuid().is_root() || folder.ancestors().all(open) {
        return folder.to_owned();
    }
    let name = digest(folder.as_os_str().as_encoded_bytes()).replace(':', "-");
    let copy = std::env::temp_dir().join(format!("eigen-readable-{name}"));
    let _one_at_a_time = COPYING.lock().unwrap();
    let copied = Command::new("cp").args(["-r", "-P", "-u", "-T"]).arg(folder).arg(&copy).status().unwrap();
    assert!(copied.success(), "{} cannot be copied", folder.display());
    copy
}

fn driver(colour: &str, body: &str) -> String {
    let indented = body.lines().fold(String::new(), |text, line| text + "        " + line + "\n");
    DRIVER.replace("{colour}", colour).replace("{execute}", &indented)
}

/// Asks `py:a` to run the circuit of an example.
pub async fn ask(client: &Client, options: &[(&str, &str)]) -> Result<ExecuteCircuitResponse, Status> {
    let flip = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
    send(client, CircuitFormat::AqoJson, flip, options).await
}

/// Asks `py:a` to run a circuit.
pub async fn send(
    client: &Client,
    format: CircuitFormat,
    circuit: &str,
    options: &[(&str, &str)],
) -> Result<ExecuteCircuitResponse, Status> {
    let request = ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: "py:a".to_owned(),
        payload: Some(CircuitPayload { format: format as i32, data: circuit.as_bytes().to_vec() }),
        shots: 10,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    client.clone().execute_circuit(request).await.map(tonic::Response::into_inner)
}

/// The worker that gave an answer.
#[track_caller]
pub fn worker(answer: &ExecuteCircuitResponse) -> i32 {
    assert_eq!(answer.counts, [("01".to_owned(), 10)].into());
    answer.metadata["pid"].parse().unwrap()
}

/// The status of a refusal.
#[track_caller]
pub fn code(answer: Result<ExecuteCircuitResponse, Status>) -> Code {
    match answer {
        Ok(answer) => panic!("it was answered: {answer:?}"),
        Err(status) => status.code(),
    }
}
