//! What turns a Python file into a driver. Nothing of the file runs here: the first connection starts a worker.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::driver::PythonDriver;
use super::process::{self, Launch};
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

/// The Python runtime of this process.
pub struct Runtime {
    config: Python,
    network: Arc<Network>,
    telemetry: Telemetry,
}

impl Runtime {
    /// A runtime; nothing is started.
    pub fn new(config: Python, network: Arc<Network>, telemetry: Telemetry) -> Self {
        Self { config, network, telemetry }
    }

    async fn launch(&self) -> Result<Launch, Rejection> {
        if self.config.isolation != Isolation::None {
            let text = "it is written in Python, and this host has no sandbox for Python drivers";
            return Err(Rejection::new(RejectReason::RuntimeMissing, text)
                .remedy("Set `python.isolation: none` to run Python drivers with the host's own rights."));
        }
        let named = &self.config.interpreter;
        let interpreter = process::interpreter(named).ok_or_else(|| {
            let text = format!("there is no Python interpreter at `{}`", named.display());
            Rejection::new(RejectReason::RuntimeMissing, text)
                .remedy("Set `python.interpreter` to a virtual environment or an interpreter.")
        })?;
        let interpreter = process::real(&interpreter).await.map_err(|why| {
            let text = format!("`{}` is no Python 3.9 or newer: {why}", named.display());
            Rejection::new(RejectReason::RuntimeMissing, text)
                .remedy("Set `python.interpreter` to a virtual environment or an interpreter.")
        })?;
        let bridge = self.bridge().ok_or_else(|| {
            let text = "the worker of Python drivers is not installed";
            Rejection::new(RejectReason::RuntimeMissing, text).remedy(
                "Build it with `cargo xtask bridge`, and set `python.bridge` to the folder with bootstrap.py.",
            )
        })?;
        Ok(Launch { interpreter, bridge })
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
        let launch = self.launch().await?;
        let way = Way::prepare(&self.network, &source).await?;
        let driver = PythonDriver::new(source, &self.config, launch, way, self.telemetry.clone());
        Ok(Loaded { driver: Arc::new(driver), cached: true })
    }
}
