//! The wiring: the only place that knows all concrete types.
//!
//! Start: everything is built and every port bound before the first driver runs; then drivers
//! are loaded, and only then does the service say that it serves. Stop: say so, refuse new
//! connections, let calls finish until the drain deadline, then interrupt what is left.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{ByteSize, Config};
use crate::dispatch::Dispatcher;
use crate::plugin::{LoadProblem, Loader, Registry, discover};
use crate::telemetry::{Telemetry, events};
use crate::wasm::{Allocator, HostBounds, Runtime};
use crate::{grpc, http};

/// How long interrupted calls have to tell their callers.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Drivers loaded, nothing served.
pub struct Drivers {
    registry: Arc<Registry>,
    /// What went wrong while loading; the other drivers are in service.
    pub problems: Vec<LoadProblem>,
    /// Fallbacks an operator should know about.
    pub notes: Vec<String>,
}

impl Drivers {
    /// The drivers as of now.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}

/// Starts the runtimes and loads every driver that the config and the directories name.
pub async fn load_drivers(config: &Arc<Config>, telemetry: &Telemetry) -> anyhow::Result<Drivers> {
    let runtime = Runtime::start(&config.wasm, &host_bounds(config), telemetry.clone())?;
    let notes = notes(&runtime);
    for note in &notes {
        telemetry.emit(events::ConfigWarning { warning: note });
    }
    let registry = Arc::new(Registry::default());
    let loader = Loader::new(Arc::clone(config), runtime, Arc::clone(&registry), telemetry.clone());
    let problems = loader.load_all(discover(config)).await;
    Ok(Drivers { registry, problems, notes })
}

/// Serves until `stop`; `ready` is told the bound addresses (gRPC, HTTP) once drivers are loaded.
pub async fn serve(
    config: Arc<Config>,
    telemetry: Telemetry,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr, SocketAddr),
) -> anyhow::Result<()> {
    let grpc_listener = bind("grpc.bind", config.grpc.bind).await?;
    let http_listener = bind("http.bind", config.http.bind).await?;
    let addresses = (grpc_listener.local_addr()?, http_listener.local_addr()?);

    let drivers = load_drivers(&config, &telemetry).await?;
    let registry = Arc::clone(drivers.registry());
    let dispatcher = Arc::new(Dispatcher::new(Arc::clone(&config), registry, telemetry.clone()));
    let state = http::State::new(Arc::clone(&dispatcher), telemetry.clone(), drivers.notes);
    let grpc = grpc::Server::new(config.grpc.clone(), Arc::clone(&dispatcher), telemetry.clone());
    let health = grpc.health();

    let stop_http = CancellationToken::new();
    let http =
        http::Server::new(config.http.clone(), Arc::clone(&state)).serve(http_listener, stop_http.clone());
    let http = tokio::spawn(http);
    let mut grpc = tokio::spawn(grpc.serve(grpc_listener, stop.clone()));
    health.set_serving(true).await;
    state.set_serving(true);
    telemetry.emit(events::ServerStarted { grpc: addresses.0, http: addresses.1 });
    ready(addresses.0, addresses.1);

    tokio::select! {
        // In this order: a server without calls ends in the very moment it is told to.
        biased;
        () = stop.cancelled() => {}
        died = &mut grpc => return Ok(died??),
    }
    telemetry.emit(events::Draining { in_flight: dispatcher.in_flight() });
    state.set_serving(false);
    health.set_serving(false).await;
    health.end_watches().await;
    let abandoned = drain(&dispatcher, grpc, config.grpc.drain_timeout).await?;
    stop_http.cancel();
    // A scraper that keeps its connection open must not keep the process.
    if let Ok(ended) = tokio::time::timeout(LAST_WORDS, http).await {
        ended??;
    }
    telemetry.emit(events::Stopped { abandoned });
    Ok(())
}

/// Waits for the calls in flight; how many had to be cut off.
async fn drain(
    dispatcher: &Dispatcher,
    mut grpc: tokio::task::JoinHandle<Result<(), grpc::ServeError>>,
    timeout: Duration,
) -> anyhow::Result<usize> {
    if let Ok(ended) = tokio::time::timeout(timeout, &mut grpc).await {
        ended??;
        return Ok(0);
    }
    let abandoned = dispatcher.in_flight();
    dispatcher.interrupt();
    if let Ok(ended) = tokio::time::timeout(LAST_WORDS, &mut grpc).await {
        ended??;
    }
    grpc.abort();
    Ok(abandoned)
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| anyhow::anyhow!("cannot listen on {address} (`{key}`): {error}"))
}

fn host_bounds(config: &Config) -> HostBounds {
    let named = config.drivers.keys().map(|name| config.limits_of(name).memory);
    let simulator = config.limits_of("simulator").memory;
    let largest = named.chain([simulator, config.driver_defaults.memory]).max_by_key(|size| size.bytes());
    HostBounds {
        largest_memory: largest.unwrap_or(config.driver_defaults.memory),
        guest_memory: config.wasm.guest_memory_total.of(ByteSize(total_memory())),
        cache_dir: config.wasm.cache_dir.clone().or_else(|| xdg("XDG_CACHE_HOME", ".cache")),
        state_dir: config.wasm.state_dir.clone().or_else(|| xdg("XDG_STATE_HOME", ".local/state")),
    }
}

/// Our folder under one of the XDG base directories; `None` for a user without a home.
fn xdg(variable: &str, fallback: &str) -> Option<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let base = std::env::var_os(variable).map(PathBuf::from).and_then(absolute);
    let home = || std::env::var_os("HOME").map(PathBuf::from).and_then(absolute);
    Some(base.or_else(|| Some(home()?.join(fallback)))?.join("eigen-driver-manager"))
}

/// Bytes of RAM, from the kernel.
fn total_memory() -> u64 {
    let info = rustix::system::sysinfo();
    (info.totalram as u64).saturating_mul(u64::from(info.mem_unit))
}

fn notes(runtime: &Runtime) -> Vec<String> {
    let mut notes: Vec<String> = runtime.cache_problem().map(str::to_owned).into_iter().collect();
    if let Allocator::OnDemand(why) = runtime.allocator() {
        notes.push(format!(
            "the instance pool could not be reserved, so every instance is allocated on demand, which is slower: {why}"
        ));
    }
    notes
}
