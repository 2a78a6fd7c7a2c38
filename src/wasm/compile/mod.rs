//! From bytes to a component: compiled once, kept ahead-of-time on disk.
//!
//! Compilation runs on threads of its own, so that a big driver never starves requests; the same
//! bytes are compiled once even if several ask; size and time are capped (a compiler is not
//! hardened against inputs made to be slow).

mod aot_cache;
mod deserialize;
mod eviction;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wasmtime::Engine;
use wasmtime::component::Component;

pub(super) use aot_cache::AotCache;

use super::preflight;
use crate::config::{ByteSize, Wasm};
use crate::model::{Digest, RejectReason, Rejection};

/// How far compilers stand back behind threads that serve (nice(2)): on a machine that has more to do than it can, a
/// third of what such a thread gets is left to them, so that a replacement is late and not never.
const COMPILER_NICE: i32 = 5;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Over `wasm.max_component`.
    #[error("the component has {size} bytes; `wasm.max_component` allows {limit}")]
    TooLarge {
        /// Bytes of the file.
        size: usize,
        /// Bytes allowed.
        limit: ByteSize,
    },
    /// A core module or something else.
    #[error("{0}")]
    NotAComponent(&'static str),
    /// The compiler refused it.
    #[error("the component is not valid: {0:#}")]
    Invalid(wasmtime::Error),
    /// Over `wasm.compile_timeout`.
    #[error("compiling took longer than `wasm.compile_timeout` ({0:?})")]
    Timeout(Duration),
    /// The compiler's thread died.
    #[error("the compiler crashed on this component")]
    Crashed,
}

impl From<CompileError> for Rejection {
    fn from(error: CompileError) -> Self {
        let (reason, remedy) = match &error {
            CompileError::TooLarge { .. } => {
                (RejectReason::Unreadable, "Build a smaller component, or raise `wasm.max_component`.")
            }
            CompileError::NotAComponent(_) | CompileError::Invalid(_) => {
                (RejectReason::CompileFailed, "Build it again as a component; plugins/README.md says how.")
            }
            CompileError::Timeout(_) => {
                (RejectReason::CompileTimeout, "Build a smaller component, or raise `wasm.compile_timeout`.")
            }
            CompileError::Crashed => {
                (RejectReason::CompileFailed, "Report the component to the host's authors.")
            }
        };
        Self::new(reason, error.to_string()).remedy(remedy)
    }
}

/// A component, and how it was come by.
pub(super) struct Compiled {
    pub(super) component: Component,
    /// Taken from the ahead-of-time cache.
    pub(super) cached: bool,
}

/// The compiler and its cache.
pub(super) struct Compiler {
    engine: Engine,
    threads: rayon::ThreadPool,
    cache: Option<AotCache>,
    timeout: Duration,
    max_component: ByteSize,
    in_flight: Mutex<HashMap<Digest, Arc<tokio::sync::Mutex<()>>>>,
}

impl Compiler {
    pub(super) fn new(
        engine: Engine,
        config: &Wasm,
        cache: Option<AotCache>,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(config.compile_threads)
            .thread_name(|index| format!("compile-{index}"))
            // On Linux this is the thread's own: requests come first, a replacement can wait a little.
            .start_handler(|_| {
                let _ = rustix::process::nice(COMPILER_NICE);
            })
            // Whoever waits learns of it by the answer that does not come; the host goes on.
            .panic_handler(|_| tracing::error!("a compiler thread panicked"))
            .build()?;
        Ok(Self {
            engine,
            threads,
            cache,
            timeout: config.compile_timeout,
            max_component: config.max_component,
            in_flight: Mutex::default(),
        })
    }

    /// Compares a component's interface with the host's, before anything is compiled for the first time.
    pub(super) async fn preflight(&self, bytes: Arc<[u8]>) -> Result<(), Rejection> {
        if bytes.len() as u64 > self.max_component.bytes() {
            return Err(CompileError::TooLarge { size: bytes.len(), limit: self.max_component }.into());
        }
        check_is_component(&bytes)?;
        // What was compiled before has passed before. An entry that is not what its name says is compiled
        // anew, and linking finds what this would have said more kindly.
        if self.cache.as_ref().is_some_and(|cache| cache.has(&self.engine, Digest::of(&bytes))) {
            return Ok(());
        }
        let (answer, result) = oneshot::channel();
        self.threads.spawn(move || {
            // Nobody may be waiting any more.
            let _ = answer.send(preflight::check(&bytes));
        });
        result.await.map_err(|_| CompileError::Crashed)?
    }

    /// Gets the component for these bytes, from the cache if it is there.
    pub(super) async fn compile(&self, bytes: Arc<[u8]>) -> Result<Compiled, CompileError> {
        let digest = Digest::of(&bytes);
        let flight = self.flight(digest);
        let done = {
            let _turn = flight.lock().await;
            tokio::time::timeout(self.timeout, self.on_compiler_thread(bytes, digest)).await
        };
        self.land(digest, &flight);
        let (component, cached) = done.map_err(|_| CompileError::Timeout(self.timeout))??;
        Ok(Compiled { component, cached })
    }

    async fn on_compiler_thread(
        &self,
        bytes: Arc<[u8]>,
        digest: Digest,
    ) -> Result<(Component, bool), CompileError> {
        let (answer, result) = oneshot::channel();
        let engine = self.engine.clone();
        let cache = self.cache.clone();
        self.threads.spawn(move || {
            // Nobody may be waiting any more: then the work at least filled the cache.
            let _ = answer.send(load_or_compile(&engine, cache.as_ref(), &bytes, digest));
        });
        result.await.map_err(|_| CompileError::Crashed)?
    }

    fn flight(&self, digest: Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flights.entry(digest).or_default())
    }

    /// Forgets a flight unless somebody else holds or awaits it (the map's handle and ours make two).
    fn land(&self, digest: Digest, flight: &Arc<tokio::sync::Mutex<()>>) {
        let mut flights = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::strong_count(flight) <= 2 {
            flights.remove(&digest);
        }
    }
}

fn load_or_compile(
    engine: &Engine,
    cache: Option<&AotCache>,
    bytes: &[u8],
    digest: Digest,
) -> Result<(Component, bool), CompileError> {
    if let Some(component) = cache.and_then(|cache| cache.load(engine, digest)) {
        return Ok((component, true));
    }
    let component = Component::from_binary(engine, bytes).map_err(CompileError::Invalid)?;
    if let Some(cache) = cache {
        cache.store(engine, digest, &component);
    }
    Ok((component, false))
}

/// The preamble tells components (layer 1) from core modules (layer 0); see the component model's
/// Binary.md.
fn check_is_component(bytes: &[u8]) -> Result<(), CompileError> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => Err(CompileError::NotAComponent(
            "this is a core WebAssembly module; link it with wasm-component-ld to get a component",
        )),
        _ => Err(CompileError::NotAComponent("this is not a WebAssembly file")),
    }
}
