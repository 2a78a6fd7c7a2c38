//! What turns a Python file into a driver. Nothing of the file runs here: the first connection starts a worker.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::driver::PythonDriver;
use super::interpreter::{self, Interpreter};
use super::process::Launch;
use super::sandbox::{self, Bounds, Policy};
use super::scratch::Scratch;
use super::way::Way;
use crate::config::{Isolation, Python};
use crate::driver::{self, LoadStep, Loaded, OnLoadStep, Source};
use crate::egress::Network;
use crate::model::{RejectReason, Rejection};
use crate::telemetry::Telemetry;

/// The file that starts a worker.
const BOOTSTRAP: &str = "bootstrap.py";
/// Where a worker is looked for beside the program, if the config names no place.
const BESIDE: [&str; 3] =
    ["python-bridge", "../lib/eigen-driver-manager/python-bridge", "../../python-bridge/dist"];

/// Processes and threads that the workers' user may have in all. A backstop: the host counts those of each worker.
const THREADS_OF_USER: u64 = 8192;
/// Private memory that a worker may reserve beyond twice what it may use: libraries reserve much that they never touch.
const RESERVED: u64 = 4 << 30;

/// The Python runtime of this process.
pub struct Runtime {
    config: Python,
    network: Arc<Network>,
    telemetry: Telemetry,
    /// Made when the first driver is loaded.
    scratch: OnceCell<Arc<Scratch>>,
}

impl Runtime {
    /// A runtime; nothing is started.
    pub fn new(config: Python, network: Arc<Network>, telemetry: Telemetry) -> Self {
        Self { config, network, telemetry, scratch: OnceCell::new() }
    }

    /// What the kernel lacks of the sandbox that the config asks for, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let (lacking, then) = match self.config.isolation {
            Isolation::Required => {
                (sandbox::lacking(), "so drivers in Python are refused (`python.isolation`)")
            }
            Isolation::BestEffort => {
                (sandbox::lacking(), "so drivers in Python run with part of a sandbox (`python.isolation`)")
            }
            Isolation::None => {
                let nothing = "drivers in Python have no sandbox";
                (vec![nothing.to_owned()], "so they can do whatever this host can (`python.isolation: none`)")
            }
        };
        lacking.into_iter().map(|what| format!("{what}, {then}")).collect()
    }

    async fn launch(&self, source: &Source, way: &Way) -> Result<Launch, Rejection> {
        let missing =
            |text: String, remedy: &str| Rejection::new(RejectReason::RuntimeMissing, text).remedy(remedy);
        let lacking =
            if self.config.isolation == Isolation::Required { sandbox::lacking() } else { Vec::new() };
        if !lacking.is_empty() {
            let text =
                format!("it is written in Python, and there is no whole sandbox: {}", lacking.join("; "));
            let remedy =
                "Run it on a newer kernel, or set `python.isolation: best_effort` to accept what is missing.";
            return Err(missing(text, remedy));
        }
        let choose = format!(
            "Set `drivers.{}.python.interpreter` to a virtual environment or an interpreter.",
            source.name
        );
        let named = source.python.interpreter.as_ref().unwrap_or(&self.config.interpreter);
        let place = interpreter::find(named).ok_or_else(|| {
            missing(format!("there is no Python interpreter at `{}`", named.display()), &choose)
        })?;
        let interpreter = Interpreter::ask(&place).await.map_err(|why| {
            missing(format!("`{}` is no Python 3.9 or newer: {why}", named.display()), &choose)
        })?;
        let bridge = self.bridge().ok_or_else(|| {
            let remedy = "Build it with `cargo xtask bridge`, and set `python.bridge` to the folder with bootstrap.py.";
            missing("the worker of Python drivers is not installed".to_owned(), remedy)
        })?;
        let scratch = self.scratch().await.map_err(|error| {
            let text = format!("there is no folder for temporary files: {error}");
            missing(text, "Make room in the folder of `TMPDIR`, and let the service's user write there.")
        })?;
        let policy = (self.config.isolation != Isolation::None)
            .then(|| self.policy(source, way, &interpreter, &bridge));
        let launch = Launch { interpreter: interpreter.executable, bridge, policy, scratch };
        launch.try_out().await.map_err(|why| {
            let who = launch.policy.as_ref().and_then(|policy| policy.user);
            let who = who.map_or_else(String::new, |user| format!(" as user {user}"));
            let text = format!("`{}` does not start in its sandbox{who}: {why}", launch.interpreter.display());
            let remedy = "Put the interpreter and its environment where that user may read them, or set `python.user`.";
            missing(text, remedy)
        })?;
        Ok(launch)
    }

    /// What a driver's workers may do.
    fn policy(&self, source: &Source, way: &Way, interpreter: &Interpreter, bridge: &Path) -> Policy {
        let network = way.port().map_or(sandbox::Network::None, |port| sandbox::Network::Proxy { port });
        let mut read = interpreter.reads(way.port().is_some());
        read.push(bridge.to_owned());
        read.extend(source.folder.clone());
        let memory = source.limits.memory.bytes();
        Policy {
            host: std::process::id(),
            user: rustix::process::geteuid().is_root().then_some(self.config.user),
            best_effort: self.config.isolation == Isolation::BestEffort,
            network,
            execute: interpreter.programs(),
            read,
            write: vec!["/dev/null".into()],
            bounds: Bounds {
                files: self.config.max_files,
                file: self.config.max_file.bytes(),
                threads: THREADS_OF_USER,
                data: memory.saturating_mul(2).saturating_add(RESERVED),
            },
        }
    }

    async fn scratch(&self) -> std::io::Result<Arc<Scratch>> {
        let made = || async {
            let made = tokio::task::spawn_blocking(Scratch::new).await;
            made.map_err(std::io::Error::other).flatten().map(Arc::new)
        };
        self.scratch.get_or_try_init(made).await.cloned()
    }

    fn bridge(&self) -> Option<PathBuf> {
        let is_there = |folder: &PathBuf| folder.join(BOOTSTRAP).is_file();
        if let Some(folder) = &self.config.bridge {
            return std::path::absolute(folder).ok().filter(is_there);
        }
        let program = std::env::current_exe().ok()?;
        BESIDE
            .iter()
            .map(|place| program.parent().map(|folder| folder.join(place)).unwrap_or_default())
            .find(is_there)
    }
}

#[async_trait]
impl driver::Runtime for Runtime {
    fn name(&self) -> &'static str {
        "python"
    }

    async fn load(&self, source: Source, step: OnLoadStep<'_>) -> Result<Loaded, Rejection> {
        step(LoadStep::Preflight);
        let way = Way::prepare(&self.network, &source).await?;
        let launch = self.launch(&source, &way).await?;
        let driver = PythonDriver::new(source, &self.config, launch, way, self.telemetry.clone());
        Ok(Loaded { driver: Arc::new(driver), cached: true })
    }
}
