//! A runtime: what turns an artifact into a driver. WebAssembly is one, Python workers are another.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::Driver;
use crate::config::{DriverLimits, DriverPython, EgressRule};
use crate::model::{DriverName, Generation, Properties, Rejection};

/// What a runtime is given.
pub struct Source {
    /// The name under which the driver runs.
    pub name: DriverName,
    /// Which replacement it is.
    pub generation: Generation,
    /// The artifact.
    pub bytes: Arc<[u8]>,
    /// Bounds of each instance and call.
    pub limits: DriverLimits,
    /// The operator's settings, handed to `initialize`.
    pub settings: Properties,
    /// What it may reach outside.
    pub egress: Vec<EgressRule>,
    /// Secrets that it is given itself: by the names it asks for them, those of the config.
    pub secrets: BTreeMap<String, String>,
    /// How it is run, if it is written in Python.
    pub python: DriverPython,
    /// The folder it lies in, if what lies beside it may be read without having been verified.
    pub folder: Option<PathBuf>,
}

/// A driver ready to connect.
pub struct Loaded {
    /// The driver.
    pub driver: Arc<dyn Driver>,
    /// Whether it was compiled before.
    pub cached: bool,
}

/// A part of loading that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStep {
    /// Its interface is compared with what the host offers.
    Preflight,
    /// It is compiled, or taken from the cache, and linked.
    Compile,
}

/// Who wants to hear of each part as it begins.
pub type OnLoadStep<'a> = &'a (dyn Fn(LoadStep) + Send + Sync);

/// Turns artifacts into drivers. Nothing of an artifact runs here: the first connection does that.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// The name in manifests: `wasm` or `python`.
    fn name(&self) -> &'static str;

    /// Checks, compiles and links an artifact.
    async fn load(&self, source: Source, step: OnLoadStep<'_>) -> Result<Loaded, Rejection>;
}
