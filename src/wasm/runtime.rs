//! The runtime as a whole: what is made once per process, and the way a driver gets loaded.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::{self, QdriverPre};
use super::compile::{AotCache, CompileError, Compiler, Digest};
use super::driver::WasmDriver;
use super::engine::{self, Allocator, EngineError};
use super::executor::Executor;
use super::guest::Guest;
use super::limits::HostMemory;
use super::preflight::{self, Difference};
use crate::config::{ByteSize, DriverLimits, Wasm};
use crate::model::{DriverName, Generation, Properties};
use crate::telemetry::Telemetry;

/// Where a component comes from, and under which name and bounds it is to run.
pub struct Source {
    /// The name under which it runs.
    pub name: DriverName,
    /// Which replacement it is.
    pub generation: Generation,
    /// The component.
    pub bytes: Arc<[u8]>,
    /// Bounds of each instance and call.
    pub limits: DriverLimits,
    /// The operator's settings, handed to `initialize`.
    pub settings: Properties,
}

/// A driver ready to connect.
pub struct Loaded {
    /// The driver.
    pub driver: WasmDriver,
    /// Digest of its component, as `sha256:…`.
    pub digest: String,
    /// Whether it was compiled before.
    pub cached: bool,
    /// Time from bytes to linked.
    pub elapsed: Duration,
}

/// Why a component was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It could not be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It does not fit this host.
    #[error("the component does not fit this host: it {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; it "))]
    Preflight(Vec<Difference>),
    /// Names fit, types do not.
    #[error(
        "the component's types do not fit eigen:qdriver of this host; rebuild it with this host's SDK: {0:#}"
    )]
    Types(wasmtime::Error),
}

/// Why the runtime could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No threads.
    #[error("cannot start the guest threads: {0}")]
    Threads(#[from] std::io::Error),
    /// No compiler threads.
    #[error("cannot start the compiler threads: {0}")]
    CompilerThreads(#[from] rayon::ThreadPoolBuildError),
}

/// Bounds that hold over all drivers.
pub struct HostBounds {
    /// The most linear memory any one driver may ask for.
    pub largest_memory: ByteSize,
    /// All guests' memory together.
    pub guest_memory: ByteSize,
    /// Folder of compiled components; `None` compiles at every start.
    pub cache_dir: Option<PathBuf>,
    /// Folder of the cache's key.
    pub state_dir: Option<PathBuf>,
}

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) executor: Executor,
    pub(super) host_memory: Arc<HostMemory>,
    pub(super) telemetry: Telemetry,
    pub(super) fuel_yield_interval: u64,
    pub(super) stack: ByteSize,
    linker: Linker<Guest>,
    compiler: Compiler,
}

/// The WebAssembly runtime of this process; clones are the same one.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
    allocator: Allocator,
    cache_problem: Option<String>,
}

impl Runtime {
    /// Builds the engine and starts the guest and compiler threads.
    pub fn start(config: &Wasm, bounds: &HostBounds, telemetry: Telemetry) -> Result<Self, StartError> {
        let (engine, allocator) = engine::build(config, bounds.largest_memory.bytes())?;
        let (cache, cache_problem) = open_cache(bounds, config.max_cache, &telemetry);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            executor: Executor::start(config.guest_threads.unwrap_or(cores))?,
            host_memory: HostMemory::new(bounds.guest_memory.as_usize()),
            telemetry,
            fuel_yield_interval: config.fuel_yield_interval,
            stack: config.stack,
            linker: linker(&engine).map_err(EngineError::from)?,
            compiler: Compiler::new(engine.clone(), config, cache)?,
            engine,
        };
        Ok(Self { inner: Arc::new(inner), allocator, cache_problem })
    }

    /// How instances get their memory.
    pub fn allocator(&self) -> &Allocator {
        &self.allocator
    }

    /// Why compiled components are not kept, if they are not.
    pub fn cache_problem(&self) -> Option<&str> {
        self.cache_problem.as_deref()
    }

    /// Compiles (or takes from the cache), checks and links a component.
    pub async fn load(&self, source: Source) -> Result<Loaded, LoadError> {
        let inner = &self.inner;
        let compiled = inner.compiler.compile(source.bytes).await?;
        let differences = preflight::differences(&inner.engine, &compiled.component);
        if !differences.is_empty() {
            return Err(LoadError::Preflight(differences));
        }
        let linked = inner.linker.instantiate_pre(&compiled.component).map_err(LoadError::Types)?;
        let component = QdriverPre::new(linked).map_err(LoadError::Types)?;
        let driver = WasmDriver::new(
            Arc::clone(inner),
            source.name,
            source.generation,
            source.limits,
            source.settings,
            component,
        );
        let digest: Digest = compiled.digest;
        Ok(Loaded { driver, digest: digest.to_string(), cached: compiled.cached, elapsed: compiled.elapsed })
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    bindings::Qdriver::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
    Ok(linker)
}

fn open_cache(
    bounds: &HostBounds,
    limit: ByteSize,
    telemetry: &Telemetry,
) -> (Option<AotCache>, Option<String>) {
    let (Some(folder), Some(key_folder)) = (&bounds.cache_dir, &bounds.state_dir) else {
        return (
            None,
            Some("no folder for compiled components; set `wasm.cache_dir` and `wasm.state_dir`".into()),
        );
    };
    match AotCache::open(folder, key_folder, limit, telemetry.clone()) {
        Ok(cache) => (Some(cache), None),
        Err(error) => (None, Some(format!("compiled components are not kept: {error}"))),
    }
}
