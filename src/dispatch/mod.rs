//! The request path, one file a verb.
//!
//! Validate, find the device, prepare the circuit, look into the result cache, and else [`carry_out`]: let
//! in, try, try again, go elsewhere. Each [`attempt`] leases a connection, calls the driver and checks its
//! answer. Dispatch knows the seam (`driver`), the registry and the pool, and no runtime.

mod attempt;
mod calibrate;
mod carry_out;
mod context;
mod execute;
mod execution_key;
mod fit;
mod list;
mod normalise;
mod options;
mod pending;
mod persist;
mod prepare;
mod reconcile;
mod self_test;
mod status;
mod target;
mod traffic;
mod validate;
mod vitals;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use context::RequestContext;
pub use execute::{ExecuteRequest, Execution, Format};
pub use status::Status;
pub use traffic::{Sample, Traffic, Verdict};
pub use vitals::Vitals;

use crate::cache::{CircuitCache, DeviceCache, ResultCache, Shared};
use crate::config::{Config, LiveConfig};
use crate::driver::Call;
use crate::model::{DeviceId, DriverName, Failure, FailureKind, Submission};
use crate::plugin::{Active, Registry, Route, Snapshot};
use crate::resilience::{Breakers, Change, Deadline, Forced, Limits, RetryBudgets, Scope};
use crate::telemetry::{Telemetry, events};
use prepare::Prepared;

/// A breaker, and whose it is.
#[derive(Debug, Clone)]
pub struct BreakerReport {
    /// The driver that it stands before, or that has the device it stands before.
    pub driver: DriverName,
    /// What it stands before.
    pub scope: Scope,
    /// How it stands.
    pub snapshot: crate::resilience::Snapshot,
}

/// The four verbs of the Kernel, over all drivers.
pub struct Dispatcher {
    config: LiveConfig,
    registry: Arc<Registry>,
    telemetry: Telemetry,
    max_in_flight: usize,
    in_flight: Semaphore,
    /// Circuits that may be read at once, where that takes time.
    reading: Arc<Semaphore>,
    stopping: CancellationToken,
    limits: Limits,
    breakers: Breakers,
    budgets: RetryBudgets,
    results: ResultCache<Execution>,
    devices: DeviceCache,
    circuits: CircuitCache<Prepared>,
    traffic: Traffic,
}

impl Dispatcher {
    /// A dispatcher over this registry; `shared` is where several hosts share results.
    pub fn new(
        config: &LiveConfig,
        registry: Arc<Registry>,
        shared: Option<Arc<dyn Shared>>,
        telemetry: Telemetry,
    ) -> Self {
        let now = config.load();
        Self {
            config: Arc::clone(config),
            registry,
            telemetry,
            max_in_flight: now.grpc.max_in_flight,
            in_flight: Semaphore::new(now.grpc.max_in_flight),
            reading: Arc::new(Semaphore::new(now.circuits.max_reading)),
            stopping: CancellationToken::new(),
            limits: Limits::new(&now.resilience.callers),
            breakers: Breakers::default(),
            budgets: RetryBudgets::default(),
            results: ResultCache::new(&now.cache.results, shared),
            devices: DeviceCache::new(&now.cache.devices),
            circuits: CircuitCache::new(&now.cache.circuits),
            traffic: Traffic::new(now.http.console.history),
        }
    }

    /// Interrupts everything that still runs: the host is about to stop.
    pub fn interrupt(&self) {
        self.stopping.cancel();
    }

    /// The drivers as of now.
    pub fn drivers(&self) -> Arc<Snapshot> {
        self.registry.snapshot()
    }

    /// Executions and calibrations under way.
    pub fn in_flight(&self) -> usize {
        self.max_in_flight.saturating_sub(self.in_flight.available_permits())
    }

    /// The requests of the last minutes.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// How every breaker stands that was ever called through, if what it stands before is in service.
    pub fn breakers(&self) -> Vec<BreakerReport> {
        let drivers = self.registry.snapshot();
        let report = |(scope, snapshot)| {
            let driver = match &scope {
                Scope::Driver(name) => drivers.serving(name)?.name.clone(),
                Scope::Device(id) => drivers.owner_of(id)?,
            };
            Some(BreakerReport { driver, scope, snapshot })
        };
        self.breakers.snapshots(Instant::now()).into_iter().filter_map(report).collect()
    }

    /// Holds a breaker open or closed, or lets it go by itself again; `None` if what it stands before is not
    /// in service.
    pub fn force_breaker(&self, scope: &Scope, forced: Option<Forced>) -> Option<BreakerReport> {
        let snapshot = self.registry.snapshot();
        let driver = match scope {
            Scope::Driver(name) => snapshot.serving(name)?.name.clone(),
            Scope::Device(id) => snapshot.owner_of(id)?,
        };
        let settings = self.config.load().resilience_of(driver.as_str());
        let change = self.breakers.force(scope.clone(), forced, &settings.breaker, Instant::now());
        self.tell(driver.as_str(), change.map(|change| (scope.clone(), change)));
        self.breakers().into_iter().find(|report| report.scope == *scope)
    }

    /// Forgets what is kept of drivers and devices that are gone.
    pub fn forget_the_gone(&self) {
        let snapshot = self.registry.snapshot();
        self.breakers.retain(|scope| match scope {
            Scope::Driver(name) => snapshot.serving(name).is_some(),
            Scope::Device(id) => snapshot.owner_of(id).is_some(),
        });
        self.limits.retain(|name| snapshot.serving(name).is_some());
        self.budgets.retain(|name| snapshot.serving(name).is_some());
    }

    /// How often drivers are to be asked how they are.
    pub fn health_interval(&self) -> Duration {
        self.config.load().health.interval
    }

    fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    fn admit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        self.in_flight.try_acquire().map_err(|_| {
            let limit = self.max_in_flight;
            Failure::new(FailureKind::Quota, format!("{limit} calls are already in flight on this host"))
                .remedy("Send the request again after the given delay, or ask the operator to raise `grpc.max_in_flight`.")
        })
    }

    /// The generation that is to answer; it stays in service as long as the route is held.
    fn find(&self, context: &RequestContext, device: &DeviceId) -> Result<Route, Failure> {
        let Some(route) = self.registry.route(device) else {
            return Err(Failure::new(
                FailureKind::UnknownDevice,
                format!("unknown device `{}`", shown(device)),
            )
            .from_provider("driver_registry"));
        };
        context.answered_by(&route.active.name, device);
        Ok(route)
    }

    /// The smallest of what the transport, the caller's options and the config allow.
    fn call(&self, context: &RequestContext, option: Option<Duration>, default: Duration) -> Call {
        let longest = self.config.load().deadlines.longest;
        let deadline =
            Deadline::smallest(Instant::now(), context.transport_deadline, option, default, longest);
        Call { deadline: deadline.at }
    }

    /// Takes a step, unless the host stops first, or the generation's drain has lasted too long; `known` is
    /// what is known of the submission until then.
    async fn unless_cut<T>(
        &self,
        route: Option<&Route>,
        known: Submission,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let replaced = async {
            match route {
                Some(route) => route.cut().await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            // In this order: those who wait must not begin because others were just interrupted.
            biased;
            () = self.stopping.cancelled() => "the host is stopping",
            () = replaced => "the driver was replaced, and the time for its calls to end is up",
            outcome = step => return outcome,
        };
        let mut failure = Failure::new(FailureKind::Aborted, why);
        failure.submission = known;
        Err(failure)
    }

    /// Tells the operator of changes of breakers.
    fn tell(&self, driver: &str, changes: impl IntoIterator<Item = (Scope, Change)>) {
        for (scope, change) in changes {
            let device_id = match &scope {
                Scope::Device(id) => id.as_str(),
                Scope::Driver(_) => "",
            };
            self.telemetry.emit(events::BreakerChanged {
                driver,
                device_id,
                from: change.from.name(),
                to: change.to.name(),
                cause: change.cause.name(),
            });
        }
    }

    /// Tells the operator what went wrong below, and counts it.
    fn note(&self, active: &Active, device: &DeviceId, failure: &Failure) {
        self.note_of(active.name.as_str(), device, failure);
    }

    fn note_of(&self, driver: &str, device: &DeviceId, failure: &Failure) {
        self.telemetry.emit(events::ExecutionFailed {
            driver,
            device_id: device.as_str(),
            kind: failure.kind.name(),
            cause: &failure.to_string(),
            taxonomy: failure.kind.taxonomy(),
            component: if failure.kind.blames_driver() { "driver" } else { "request" },
        });
    }
}

/// A caller's text for a message: short enough, whatever was sent.
fn shown(device: &DeviceId) -> String {
    device.as_str().chars().take(64).collect()
}
