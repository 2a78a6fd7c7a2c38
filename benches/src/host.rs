//! The host under test, its operators' service, and builds of drivers to replace one another.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::admin_proto::driver_admin_service_client::DriverAdminServiceClient;
use crate::admin_proto::swap_driver_request::{Header, Part};
use crate::admin_proto::swap_driver_response::Part as Answer;
use crate::admin_proto::{ChangeResponse, SwapDriverRequest};
use crate::proto::driver_manager_service_client::DriverManagerServiceClient;
use crate::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest, ExecuteCircuitResponse};
use crate::server::Server;

/// Only the first of two qubits is flipped: an answer in the wrong order shows.
const FLIP: &str = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
const SHOTS: i32 = 16;
const MARKER: &[u8] = b"build-marker:";
const ROOM: usize = 16;

/// Programs and components.
pub struct Programs {
    host: PathBuf,
    versioned: Vec<u8>,
    /// The fixture whose faults are scripted.
    pub scripted: PathBuf,
    /// The simulator's component.
    pub simulator: Vec<u8>,
    /// The target folder.
    pub target: PathBuf,
}

impl Programs {
    /// The host's binary lies beside our own; the components where the project builds them.
    pub fn find() -> Result<Self> {
        let own = env::current_exe().context("this program cannot find itself")?;
        let host = own.with_file_name("driver-manager");
        ensure!(host.is_file(), "there is no {}; `cargo xtask bench` builds it", host.display());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no project around this crate")?;
        let read = |path: &str| {
            fs::read(root.join(path)).with_context(|| format!("{path}: run `cargo xtask guests --fixtures`"))
        };
        Ok(Self {
            host,
            versioned: read("tests/guests/dist/versioned.wasm")?,
            scripted: root.join("tests/guests/dist/scripted.wasm"),
            simulator: read("plugins/dist/simulator.wasm")?,
            target: own.ancestors().nth(2).context("this program is in no target folder")?.to_path_buf(),
        })
    }

    /// The component of a fixture.
    pub fn fixture(&self, name: &str) -> PathBuf {
        self.scripted.with_file_name(format!("{name}.wasm"))
    }

    /// A build that answers with this word.
    pub fn build(&self, word: &str) -> Result<Vec<u8>> {
        let mut bytes = self.versioned.clone();
        let found = bytes.windows(MARKER.len()).position(|window| window == MARKER);
        let place = found.context("the fixture `versioned` has no marker")? + MARKER.len();
        bytes[place..place + ROOM].copy_from_slice(format!("{word:.<ROOM$}").as_bytes());
        Ok(bytes)
    }

    /// The simulator with another digest: a custom section at its end (WebAssembly core specification,
    /// binary format, modules).
    pub fn tagged_simulator(&self, tag: u8) -> Vec<u8> {
        let mut bytes = self.simulator.clone();
        bytes.extend([0, 5, 3, b't', b'a', b'g', tag]);
        bytes
    }

    /// A host that keeps what it writes in the folder.
    pub async fn start(&self, folder: &Path, more: Value) -> Result<Host> {
        let plugins = folder.join("plugins");
        fs::create_dir_all(&plugins)?;
        let mut config = json!({
            "grpc": { "bind": "127.0.0.1:0" },
            "http": { "bind": "127.0.0.1:0" },
            "log": { "level": "warn", "format": "json" },
            "admin": { "bind": "127.0.0.1:0" },
            "wasm": { "cache_dir": folder.join("cache"), "state_dir": folder.join("state") },
            "plugins": { "directories": [plugins], "trust": { "default": "none" } },
            "driver_defaults": { "memory": "16MiB" },
        });
        if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
            for (section, keys) in more {
                match (config.get_mut(&section), keys) {
                    (Some(Value::Object(into)), Value::Object(keys)) => into.extend(keys),
                    (_, keys) => _ = config.insert(section, keys),
                }
            }
        }
        let file = folder.join("config.yaml");
        fs::write(&file, config.to_string())?;
        let mut command = Command::new(&self.host);
        command.args(["serve", "--config"]).arg(&file);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("DRIVER_MANAGER_") {
                command.env_remove(name);
            }
        }
        let server = Server::start(command, &folder.join("log")).await?;
        let admin = server.admin().context("the host names no address for operators")?;
        let admin = Endpoint::from_shared(format!("http://{admin}"))?.connect().await?;
        let client = DriverManagerServiceClient::new(server.endpoint().connect().await?);
        Ok(Host { client, operator: DriverAdminServiceClient::new(admin), server })
    }
}

/// A folder of its own.
pub fn scratch() -> Result<TempDir> {
    tempfile::tempdir().context("cannot make a temporary folder")
}

/// A running host.
pub struct Host {
    pub client: DriverManagerServiceClient<Channel>,
    pub operator: DriverAdminServiceClient<Channel>,
    pub server: Server,
}

impl Host {
    /// Uploads a replacement and waits for its result.
    pub async fn swap(&mut self, name: &str, artifact: &[u8]) -> Result<ChangeResponse> {
        let header = Header { name: name.to_owned(), upload: true, ..Header::default() };
        let chunks = artifact.chunks(256 << 10).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts: Vec<_> = std::iter::once(Part::Header(header)).chain(chunks).collect();
        let messages = parts.into_iter().map(|part| SwapDriverRequest { part: Some(part) });
        let mut answers = self.operator.swap_driver(tokio_stream::iter(messages)).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            if let Some(Answer::Result(change)) = answer.part {
                return Ok(change);
            }
        }
        bail!("the swap ended without a result")
    }

    /// Asks a device until a generation at least this new answers.
    pub async fn answered_by(&mut self, device: &str, generation: u64) -> Result<()> {
        loop {
            if let Ok(answer) = ask(&mut self.client, device).await
                && self::generation(&answer)? >= generation
            {
                return Ok(());
            }
        }
    }
}

/// A request whose answer is `01`, so many times.
pub fn asking(device: &str, shots: i32) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload { format: CircuitFormat::AqoJson.into(), data: FLIP.into() }),
        shots,
        options: std::collections::HashMap::new(),
    }
}

/// One checked answer.
pub async fn ask(
    client: &mut DriverManagerServiceClient<Channel>,
    device: &str,
) -> Result<ExecuteCircuitResponse> {
    let answer = client.execute_circuit(asking(device, SHOTS)).await?.into_inner();
    let right = [("01".to_owned(), i64::from(SHOTS))].into();
    ensure!(answer.counts == right, "a wrong answer: {:?}", answer.counts);
    Ok(answer)
}

/// The generation that an answer is of.
pub fn generation(answer: &ExecuteCircuitResponse) -> Result<u64> {
    Ok(answer.metadata.get("driver_generation").context("an answer without a generation")?.parse()?)
}

/// Installs a plugin as a package manager does: the artifact first, the manifest last and by rename.
pub fn install(plugins: &Path, name: &str, version: u64, artifact: &[u8]) -> Result<()> {
    let folder = plugins.join(name);
    fs::create_dir_all(&folder)?;
    let rename = |file: &str, bytes: &[u8]| -> Result<()> {
        let beside = folder.join(format!(".{file}"));
        fs::write(&beside, bytes)?;
        Ok(fs::rename(beside, folder.join(file))?)
    };
    rename("driver.wasm", artifact)?;
    let digest = Sha256::digest(artifact).iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    let manifest = format!(
        "manifest_schema_version = \"2.1.0\"\nplugin_id = \"com.example.{name}\"\nplugin_version = \"{version}.0.0\"\n\
         plugin_type = \"driver\"\nplugin_api_version = \"1.0.0\"\neigen_os_compatibility = \"*\"\n\
         [driver]\nname = \"{name}\"\nartifact = \"driver.wasm\"\nartifact_digest = \"sha256:{digest}\"\n"
    );
    rename("plugin.toml", manifest.as_bytes())
}
