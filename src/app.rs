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
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "redis")]
use crate::cache::Redis;
use crate::cache::Shared;
use crate::config::{AdminBind, ByteSize, Config};
use crate::dispatch::{Dispatcher, Vitals};
use crate::egress::Network;
use crate::plugin::{Ledger, LoadProblem, Manager, ManagerParts, ReadConfig, Registry, SelfTest, Store};
use crate::secrets::{CommandPatience, Secrets};
use crate::telemetry::traces::{Sampling, Settings, Traces};
use crate::telemetry::{Telemetry, events};
use crate::wasm::{Allocator, HostBounds, Runtime};
use crate::{grpc, http, python};

/// How long interrupted calls have to tell their callers.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Drivers loaded, nothing served.
pub struct Drivers {
    /// Who changes them.
    pub manager: Arc<Manager>,
    /// What answers requests to them.
    pub dispatcher: Arc<Dispatcher>,
    /// What went wrong while loading; the other drivers are in service.
    pub problems: Vec<LoadProblem>,
    /// Fallbacks an operator should know about.
    pub notes: Vec<String>,
}

/// Whether this process keeps what it does to drivers over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It does, in the state folder.
    Kept,
    /// It only looks, as `check` does.
    Forgotten,
}

/// Starts the runtimes and loads every driver that the config, the folders and the ledger name.
pub async fn load_drivers(
    config: &Arc<Config>,
    read_config: ReadConfig,
    telemetry: &Telemetry,
    memory: Memory,
) -> anyhow::Result<Drivers> {
    let live = Arc::new(arc_swap::ArcSwap::from(Arc::clone(config)));
    let network = Network::new(Arc::clone(&live), telemetry.clone());
    let runtime = Runtime::start(&config.wasm, &host_bounds(config), network, telemetry.clone())?;
    let python = python::Runtime::new(config.python.clone(), telemetry.clone());
    let mut notes = notes(&runtime);
    let (ledger, store) = match memory {
        Memory::Kept => open_memory(config, &mut notes),
        Memory::Forgotten => (Ledger::in_memory(), None),
    };
    for note in &notes {
        telemetry.emit(events::ConfigWarning { warning: note });
    }
    let registry = Arc::new(Registry::default());
    let dispatcher = Arc::new(Dispatcher::new(
        &live,
        Arc::clone(&registry),
        shared_cache(config, telemetry)?,
        telemetry.clone(),
    ));
    let manager = Manager::new(ManagerParts {
        config: live,
        read_config,
        runtimes: vec![Arc::new(runtime), Arc::new(python)],
        registry,
        ledger,
        store,
        self_test: Arc::clone(&dispatcher) as Arc<dyn SelfTest>,
        telemetry: telemetry.clone(),
    });
    let problems = manager.restore().await;
    Ok(Drivers { manager, dispatcher, problems, notes })
}

/// Opens the way to the collector of traces, if the config names one, and says which requests are recorded. Must be
/// called within the runtime.
pub fn start_traces(config: &Config, telemetry: &Telemetry) -> anyhow::Result<(Option<Traces>, Sampling)> {
    let wanted = &config.telemetry.traces;
    let Some(endpoint) = &wanted.endpoint else { return Ok((None, Sampling::Off)) };
    let patience = CommandPatience {
        timeout: config.egress.secret_command_timeout,
        ttl: config.egress.secret_command_ttl,
    };
    let secrets = Secrets::new(&config.secrets, patience);
    let header = |(header, secret): (&String, &String)| {
        let value = secrets.fetch(secret).map_err(|error| {
            anyhow::anyhow!("`telemetry.traces.headers.{header}`: secret `{secret}`: {error}")
        })?;
        Ok((header.clone(), value.reveal().to_owned()))
    };
    let headers = wanted.headers.iter().map(header).collect::<anyhow::Result<Vec<_>>>()?;
    let settings = Settings {
        endpoint: endpoint.clone(),
        queue: wanted.queue,
        batch: wanted.batch,
        interval: wanted.interval,
        timeout: wanted.timeout,
    };
    let sampling = Sampling::On { follow_caller: wanted.follow_caller, share: wanted.sampling.get() };
    Ok((Some(Traces::start(settings, headers, telemetry.clone())?), sampling))
}

/// Where several hosts share results, if the config names such a place.
#[cfg(feature = "redis")]
fn shared_cache(config: &Config, telemetry: &Telemetry) -> anyhow::Result<Option<Arc<dyn Shared>>> {
    let results = &config.cache.results;
    let Some(redis) = results.redis.as_ref().filter(|_| results.enabled) else { return Ok(None) };
    let url = match (&redis.url, &redis.url_env) {
        (Some(url), _) => url.clone(),
        (None, Some(name)) => std::env::var(name)
            .map_err(|error| anyhow::anyhow!("`cache.results.redis.url_env`: {name}: {error}"))?,
        (None, None) => return Ok(None),
    };
    // The URL itself may hold a password: it is not told.
    let server = Redis::new(&url, redis, results.ttl, telemetry.clone()).map_err(|_| {
        anyhow::anyhow!("`cache.results.redis`: the URL is none, such as `redis://127.0.0.1:6379`")
    })?;
    Ok(Some(Arc::new(server)))
}

#[cfg(not(feature = "redis"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
fn shared_cache(_: &Config, _: &Telemetry) -> anyhow::Result<Option<Arc<dyn Shared>>> {
    Ok(None)
}

/// The ledger and the copies of artifacts. Without a folder for them the host runs all the same, and says
/// what that means.
fn open_memory(config: &Config, notes: &mut Vec<String>) -> (Ledger, Option<Store>) {
    let lost = "after a restart drivers come back as the config and the folders have them";
    let Some(folder) = state_dir(config).map(|state| state.join("plugins")) else {
        notes.push(format!("no folder for the host's state, so {lost}; set `wasm.state_dir`"));
        return (Ledger::in_memory(), None);
    };
    let opened = Ledger::open(&folder)
        .and_then(|(ledger, note)| Ok((ledger, note, Store::open(&folder.join("artifacts"))?)));
    match opened {
        Ok((ledger, note, store)) => {
            notes.extend(note);
            (ledger, Some(store))
        }
        Err(error) => {
            notes.push(format!("{}: {error}, so {lost}", folder.display()));
            (Ledger::in_memory(), None)
        }
    }
}

/// Where a host is reached.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The Kernel's gRPC.
    pub grpc: SocketAddr,
    /// Metrics and health.
    pub http: SocketAddr,
    /// The operators' gRPC, if it is served.
    pub admin: Option<AdminBind>,
}

/// What ends a host, or has it look at its config again.
pub struct Signals {
    /// Drain and end.
    pub stop: CancellationToken,
    /// Read the config again.
    pub reload: Arc<Notify>,
}

/// Serves until `stop`; `ready` is told where once drivers are loaded.
pub async fn serve(
    config: Arc<Config>,
    read_config: ReadConfig,
    telemetry: Telemetry,
    signals: Signals,
    ready: impl FnOnce(Addresses),
) -> anyhow::Result<()> {
    let stop = signals.stop;
    let grpc_listener = bind("grpc.bind", config.grpc.bind).await?;
    let http_listener = bind("http.bind", config.http.bind).await?;
    let admin_listener = bind_admin(&config).await?;
    let addresses = Addresses {
        grpc: grpc_listener.local_addr()?,
        http: http_listener.local_addr()?,
        admin: admin_listener.as_ref().map(|listener| listener.address().clone()),
    };

    let drivers = load_drivers(&config, read_config, &telemetry, Memory::Kept).await?;
    let Drivers { manager, dispatcher, notes, .. } = drivers;
    let state = http::State::new(
        (Arc::clone(&dispatcher), Arc::clone(&manager)),
        telemetry.clone(),
        notes,
        config.http.console,
    );
    let grpc = grpc::Server::new(config.grpc.clone(), Arc::clone(&dispatcher), telemetry.clone());
    let mut health = grpc.health();

    let stop_http = CancellationToken::new();
    let http =
        http::Server::new(config.http.clone(), Arc::clone(&state)).serve(http_listener, stop_http.clone());
    let http = tokio::spawn(http);
    let mut grpc = tokio::spawn(grpc.serve(grpc_listener, stop.clone()));
    let admin = admin_listener.map(|listener| {
        let server = grpc::admin::Server::new(
            &config,
            Arc::clone(&manager),
            Arc::clone(&dispatcher),
            telemetry.levels().cloned(),
        );
        tokio::spawn(server.serve(listener, stop.clone()))
    });
    tokio::spawn(Arc::clone(&manager).follow(stop.clone()));
    tokio::spawn(reload_on(signals.reload, Arc::clone(&manager), stop.clone()));
    health.set_serving(true).await;
    tell_probes(&dispatcher.vitals().await, &dispatcher, &state, &mut health).await;
    state.set_serving(true);
    let watched =
        tokio::spawn(watch_over(Arc::clone(&dispatcher), Arc::clone(&state), health.clone(), stop.clone()));
    telemetry.emit(events::ServerStarted { grpc: addresses.grpc, http: addresses.http });
    ready(addresses);

    tokio::select! {
        // In this order: a server without calls ends in the very moment it is told to.
        biased;
        () = stop.cancelled() => {}
        died = &mut grpc => return Ok(died??),
    }
    telemetry.emit(events::Draining { in_flight: dispatcher.in_flight() });
    state.set_serving(false);
    // Its last word must not come after ours.
    let _ = watched.await;
    health.set_serving(false).await;
    health.end_watches().await;
    let abandoned = drain(&dispatcher, grpc, config.grpc.drain_timeout).await?;
    stop_http.cancel();
    // A scraper that keeps its connection open must not keep the process.
    if let Ok(ended) = tokio::time::timeout(LAST_WORDS, http).await {
        ended??;
    }
    if let Some(admin) = admin
        && let Ok(ended) = tokio::time::timeout(LAST_WORDS, admin).await
    {
        ended??;
    }
    telemetry.emit(events::Stopped { abandoned });
    Ok(())
}

/// Asks the drivers how they are, again and again, and tells probes.
async fn watch_over(
    dispatcher: Arc<Dispatcher>,
    state: Arc<http::State>,
    mut health: grpc::Health,
    stop: CancellationToken,
) {
    while stop.run_until_cancelled(tokio::time::sleep(dispatcher.health_interval())).await.is_some() {
        let Some(vitals) = stop.run_until_cancelled(dispatcher.vitals()).await else { return };
        tell_probes(&vitals, &dispatcher, &state, &mut health).await;
        if stop.run_until_cancelled(dispatcher.refresh_devices()).await.is_none() {
            return;
        }
        dispatcher.forget_the_gone();
    }
}

async fn tell_probes(
    vitals: &Vitals,
    dispatcher: &Dispatcher,
    state: &http::State,
    health: &mut grpc::Health,
) {
    let ready = dispatcher.ready_with(vitals);
    health.set_ready(ready.is_ok()).await;
    health.set_drivers(vitals.iter().map(|(name, health)| (name.to_string(), health.ready))).await;
    state.set_ready(ready);
}

/// Takes up a new config each time it is asked to.
async fn reload_on(asked: Arc<Notify>, manager: Arc<Manager>, stop: CancellationToken) {
    while stop.run_until_cancelled(asked.notified()).await.is_some() {
        if let Err(errors) = manager.reload().await {
            tracing::error!(%errors, "the config has mistakes and was not taken up");
        }
    }
}

async fn bind_admin(config: &Config) -> anyhow::Result<Option<grpc::admin::Listener>> {
    if !config.admin.enabled {
        return Ok(None);
    }
    let Some(address) = config.admin.bind.clone().or_else(|| default_admin(state_dir(config).as_deref()))
    else {
        return Ok(None);
    };
    let listener = grpc::admin::Listener::bind(&address).await;
    listener.map(Some).map_err(|error| anyhow::anyhow!("cannot listen on {address} (`admin.bind`): {error}"))
}

/// Where operators find a host whose config does not say: a socket in its state folder.
pub fn default_admin(state_dir: Option<&std::path::Path>) -> Option<AdminBind> {
    Some(AdminBind::Unix(state_dir?.join("admin.sock")))
}

/// The folder of what must outlive the process.
pub fn state_dir(config: &Config) -> Option<PathBuf> {
    config.wasm.state_dir.clone().or_else(|| xdg("XDG_STATE_HOME", ".local/state"))
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
        state_dir: state_dir(config),
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
