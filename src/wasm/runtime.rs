//! The runtime as a whole: what is made once per process, and the way a driver gets loaded.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::{self, QdriverPre};
use super::compile::{AotCache, Compiler};
use super::driver::WasmDriver;
use super::engine::{self, Allocator, EngineError};
use super::executor::Executor;
use super::guest::Guest;
use super::limits::HostMemory;
use super::preflight;
use crate::config::{ByteSize, Wasm};
use crate::driver::{self, LoadStep, Loaded, OnLoadStep, Source};
use crate::egress::Network;
use crate::model::{RejectReason, Rejection};
use crate::telemetry::Telemetry;

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
    pub(super) time_slice: Duration,
    pub(super) stack: ByteSize,
    largest_memory: ByteSize,
    linker: Linker<Guest>,
    network: Arc<Network>,
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
    pub fn start(
        config: &Wasm,
        bounds: &HostBounds,
        network: Arc<Network>,
        telemetry: Telemetry,
    ) -> Result<Self, StartError> {
        let (engine, allocator) = engine::build(config, bounds.largest_memory.bytes())?;
        let (cache, cache_problem) = open_cache(bounds, config.max_cache, &telemetry);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            executor: Executor::start(
                config.guest_threads.unwrap_or(cores),
                telemetry.metrics().guest_queue(),
            )?,
            host_memory: HostMemory::new(bounds.guest_memory.as_usize()),
            telemetry,
            fuel_yield_interval: config.fuel_yield_interval,
            time_slice: config.time_slice,
            stack: config.stack,
            largest_memory: bounds.largest_memory,
            linker: linker(&engine).map_err(EngineError::from)?,
            network,
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

    /// Whether the engine's slots are large enough for this driver: they are made once, at the start.
    fn fits(&self, source: &Source) -> Result<(), Rejection> {
        let (asked, largest) = (source.limits.memory, self.inner.largest_memory);
        if asked <= largest {
            return Ok(());
        }
        let text = format!(
            "it is granted {asked} of memory, and this host was started for drivers of at most {largest}"
        );
        Err(Rejection::new(RejectReason::SandboxViolation, text)
            .remedy("Restart the host, which then makes room for it, or grant less."))
    }
}

#[async_trait]
impl driver::Runtime for Runtime {
    fn name(&self) -> &'static str {
        "wasm"
    }

    async fn load(&self, source: Source, step: OnLoadStep<'_>) -> Result<Loaded, Rejection> {
        let inner = &self.inner;
        self.fits(&source)?;
        if !source.secrets.is_empty() {
            let text =
                format!("`drivers.{}.secrets`: a driver in WebAssembly never sees a secret", source.name);
            return Err(Rejection::new(RejectReason::StartFailed, text)
                .remedy("Name it in `secret` of a rule in `egress`: the host adds it on the way."));
        }
        step(LoadStep::Preflight);
        inner.compiler.preflight(Arc::clone(&source.bytes)).await?;
        step(LoadStep::Compile);
        let compiled = inner.compiler.compile(source.bytes).await?;
        let unlinked = |error: wasmtime::Error| {
            Rejection::new(RejectReason::InterfaceMismatch, format!("it cannot be linked: {error:#}"))
                .remedy(preflight::REMEDY)
        };
        let linked = inner.linker.instantiate_pre(&compiled.component).map_err(unlinked)?;
        let component = QdriverPre::new(linked).map_err(unlinked)?;
        let way = inner.network.driver(source.name.clone(), &source.egress, &source.limits);
        let driver = WasmDriver::new(
            Arc::clone(inner),
            source.name,
            source.generation,
            source.limits,
            source.settings,
            way,
            component,
        );
        Ok(Loaded { driver: Arc::new(driver), cached: compiled.cached })
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
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
