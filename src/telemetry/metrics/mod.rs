//! The numbers behind `/metrics`, in `OpenMetrics` text.
//!
//! Owns the names of the families and their labels; they are a contract with dashboards and alerts. The
//! invariant: labels are bounded. Operations, statuses, outcomes and kinds are enums or words of this
//! program's text; driver names come from the configuration; device ids come from drivers and are cleaned
//! and capped in number. Never a job, trace or user id.

#[macro_use]
mod labels;

mod budgets;
mod devices;
mod resilience;
#[cfg(test)]
mod tests;
mod workload;

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

pub use budgets::{CallBudgets, CallUse};
pub use devices::{DeviceSample, MAX_DEVICES};
pub use labels::{ConnectionState, Operation, Status};
pub use workload::{GuestQueue, Waiting, WorkerGauge};

use budgets::Budgets;
use devices::DeviceGauges;
use labels::clean;
use resilience::Resilience;
use workload::Workload;

/// The content type of [`Metrics::encode`].
pub const OPENMETRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the duration buckets, in seconds: 100 µs, where a warm call lies, to two minutes.
const DURATION_BUCKETS: [f64; 19] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0, 120.0,
];

/// What this binary is.
#[derive(Debug, Clone, Copy)]
pub struct BuildInfo {
    /// Version of the driver manager.
    pub version: &'static str,
    /// Version of the driver interface that it offers.
    pub interface: &'static str,
}

/// All metric families.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    attempts: Family<AttemptLabels, Counter>,
    connections: Family<ConnectionLabels, Gauge>,
    connection_errors: Family<ConnectionErrorLabels, Counter>,
    backend_failures: Family<FailureLabels, Counter>,
    traps: Family<TrapLabels, Counter>,
    log_lines_dropped: Family<DriverLabels, Counter>,
    loads: Family<LoadLabels, Counter>,
    quarantines: Family<QuarantineLabels, Counter>,
    unverified: Family<DriverLabels, Counter>,
    swaps: Family<LoadLabels, Counter>,
    generations: Family<DriverLabels, Gauge>,
    cut_off: Family<DriverLabels, Counter>,
    admin_calls: Family<AdminLabels, Counter>,
    spans: Family<SpanLabels, Counter>,
    resilience: Resilience,
    budgets: Budgets,
    workload: Workload,
    devices: Arc<DeviceGauges>,
}

label_sets! {
    RequestLabels { driver: String, operation: Operation, status: Status }
    OperationLabels { driver: String, operation: Operation }
    AttemptLabels { driver: String, operation: Operation, outcome: &'static str }
    ConnectionLabels { driver: String, state: ConnectionState }
    ConnectionErrorLabels { driver: String, error_type: &'static str }
    FailureLabels { component: &'static str, taxonomy: &'static str }
    TrapLabels { driver: String, kind: &'static str }
    DriverLabels { driver: String }
    LoadLabels { driver: String, outcome: &'static str }
    QuarantineLabels { driver: String, reason: &'static str }
    SpanLabels { outcome: &'static str }
    AdminLabels { method: &'static str, outcome: &'static str }
}

impl Metrics {
    /// All families, registered, without a sample yet.
    pub fn new(build: BuildInfo) -> Self {
        let mut registry = Registry::default();
        let info = Info::new(vec![("version", build.version), ("interface", build.interface)]);
        registry.register("eigen_driver_build", "What this driver manager is", info);

        let durations =
            Family::new_with_constructor((|| Histogram::new(DURATION_BUCKETS)) as fn() -> Histogram);
        registry.register_with_unit(
            "eigen_driver_request_duration",
            "Time from a request's arrival to its answer, failed ones too",
            Unit::Seconds,
            durations.clone(),
        );
        let devices = Arc::new(DeviceGauges::default());
        registry.register_collector(Box::new(Arc::clone(&devices)));

        Self {
            requests: register(
                &mut registry,
                "eigen_driver_requests",
                "Requests answered, by what the caller saw",
            ),
            attempts: register(
                &mut registry,
                "eigen_driver_attempts",
                "Tries at a driver; one request may take several",
            ),
            connections: register(
                &mut registry,
                "eigen_driver_connections",
                "Instances and workers alive: active serve a call, idle wait for one",
            ),
            connection_errors: register(
                &mut registry,
                "eigen_driver_connection_errors",
                "Instances and workers that could not be set up, or broke",
            ),
            backend_failures: register(
                &mut registry,
                "eigen_driver_backend_failures",
                "Executions that failed, by the part that failed and the kind of failure",
            ),
            traps: register(&mut registry, "eigen_driver_traps", "Guests stopped by a trap or a limit"),
            log_lines_dropped: register(
                &mut registry,
                "eigen_driver_log_lines_dropped",
                "Log lines of guests beyond their rate",
            ),
            loads: register(&mut registry, "eigen_driver_loads", "Attempts to load a driver"),
            quarantines: register(
                &mut registry,
                "eigen_driver_quarantines",
                "Artifacts that were not compiled because they are not trusted",
            ),
            unverified: register(
                &mut registry,
                "eigen_driver_unverified",
                "Generations made ready although nothing about them was verified",
            ),
            swaps: register(
                &mut registry,
                "eigen_driver_swaps",
                "Replacements and rollbacks that operators asked for, and trials, by how they ended",
            ),
            generations: register(&mut registry, "eigen_driver_generation", "The generation in service"),
            cut_off: register(
                &mut registry,
                "eigen_driver_drain_cut_off",
                "Calls cut off because the drain of their generation took too long",
            ),
            admin_calls: register(&mut registry, "eigen_driver_admin_calls", "Calls of operators"),
            spans: register(
                &mut registry,
                "eigen_driver_spans",
                "Spans of traces: recorded, exported, or failed to be; the rest was dropped or waits",
            ),
            resilience: Resilience::new(&mut registry),
            budgets: Budgets::new(&mut registry),
            workload: Workload::new(&mut registry),
            durations,
            devices,
            registry,
        }
    }

    /// The `/metrics` page: `OpenMetrics` text, of type [`OPENMETRICS_CONTENT_TYPE`].
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a string fails only if a family's own encoding does, and none of ours can.
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            tracing::error!(target: "driver_manager", %error, "metrics could not be written");
        }
        text
    }

    /// Counts a request that was answered. `driver` is the one that answered, `none` before one was found.
    pub(super) fn request(&self, driver: &str, operation: Operation, status: Status, latency: Duration) {
        let driver = clean(driver);
        let labels = OperationLabels { driver: driver.clone(), operation };
        self.durations.get_or_create(&labels).observe(latency.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { driver, operation, status }).inc();
    }

    /// Counts one try at a driver.
    pub fn attempt(&self, driver: &str, operation: Operation, outcome: &'static str) {
        self.attempts.get_or_create(&AttemptLabels { driver: clean(driver), operation, outcome }).inc();
    }

    /// Counts a live connection of a driver for as long as the gauge is kept.
    pub fn connection(&self, driver: &str, state: ConnectionState) -> ConnectionGauge {
        let gauge =
            |state| self.connections.get_or_create_owned(&ConnectionLabels { driver: clean(driver), state });
        let gauges = [gauge(ConnectionState::Active), gauge(ConnectionState::Idle)];
        ConnectionGauge::new(gauges, state)
    }

    pub(super) fn connection_error(&self, driver: &str, error_type: &'static str) {
        let labels = ConnectionErrorLabels { driver: clean(driver), error_type };
        self.connection_errors.get_or_create(&labels).inc();
    }

    pub(super) fn backend_failure(&self, component: &'static str, taxonomy: &'static str) {
        self.backend_failures.get_or_create(&FailureLabels { component, taxonomy }).inc();
    }

    pub(super) fn trap(&self, driver: &str, kind: &'static str) {
        self.traps.get_or_create(&TrapLabels { driver: clean(driver), kind }).inc();
    }

    pub(super) fn log_lines_dropped(&self, driver: &str, lines: u64) {
        self.log_lines_dropped.get_or_create(&DriverLabels { driver: clean(driver) }).inc_by(lines);
    }

    pub(super) fn load(&self, driver: &str, outcome: &'static str) {
        self.loads.get_or_create(&LoadLabels { driver: clean(driver), outcome }).inc();
    }

    pub(super) fn quarantined(&self, driver: &str, reason: &'static str) {
        self.quarantines.get_or_create(&QuarantineLabels { driver: clean(driver), reason }).inc();
    }

    pub(super) fn unverified(&self, driver: &str) {
        self.unverified.get_or_create(&DriverLabels { driver: clean(driver) }).inc();
    }

    pub(super) fn swap(&self, driver: &str, outcome: &'static str) {
        self.swaps.get_or_create(&LoadLabels { driver: clean(driver), outcome }).inc();
    }

    pub(super) fn generation(&self, driver: &str, generation: u64) {
        let generation = i64::try_from(generation).unwrap_or(i64::MAX);
        self.generations.get_or_create(&DriverLabels { driver: clean(driver) }).set(generation);
    }

    pub(super) fn cut_off(&self, driver: &str, calls: usize) {
        if calls > 0 {
            self.cut_off.get_or_create(&DriverLabels { driver: clean(driver) }).inc_by(calls as u64);
        }
    }

    pub(super) fn admin_call(&self, method: &'static str, outcome: &'static str) {
        self.admin_calls.get_or_create(&AdminLabels { method, outcome }).inc();
    }

    pub(super) fn spans(&self, outcome: &'static str, spans: u64) {
        self.spans.get_or_create(&SpanLabels { outcome }).inc_by(spans);
    }

    /// Replaces what is known of a driver's devices: availability by provider, queue depth by device.
    pub fn set_devices(&self, driver: &str, devices: Vec<DeviceSample>) {
        self.devices.set(driver, devices);
    }

    /// Sets the queue depth of one device that [`Metrics::set_devices`] has named.
    pub fn set_queue_depth(&self, driver: &str, device_id: &str, depth: u32) {
        self.devices.set_queue_depth(driver, device_id, depth);
    }

    /// Takes away the gauges of a driver that is gone. Its counters stay: they must never go down.
    /// Connections of it that still live go on uncounted.
    pub fn forget_driver(&self, driver: &str) {
        self.resilience.forget_driver(driver);
        self.devices.remove(driver);
        self.generations.remove(&DriverLabels { driver: clean(driver) });
        for state in [ConnectionState::Active, ConnectionState::Idle] {
            self.connections.remove(&ConnectionLabels { driver: clean(driver), state });
        }
    }
}

fn register<S, M>(registry: &mut Registry, name: &str, help: &str) -> Family<S, M>
where
    Family<S, M>: prometheus_client::registry::Metric + Clone + Default,
{
    let family = Family::default();
    registry.register(name, help, Family::clone(&family));
    family
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// One live connection, counted as active or idle until it is dropped.
#[derive(Debug)]
pub struct ConnectionGauge {
    /// By [`ConnectionState`] as an index.
    gauges: [Gauge; 2],
    state: ConnectionState,
}

impl ConnectionGauge {
    fn new(gauges: [Gauge; 2], state: ConnectionState) -> Self {
        gauges[state as usize].inc();
        Self { gauges, state }
    }

    /// Moves the connection to another state.
    pub fn set(&mut self, state: ConnectionState) {
        self.gauges[self.state as usize].dec();
        self.gauges[state as usize].inc();
        self.state = state;
    }
}

impl Drop for ConnectionGauge {
    fn drop(&mut self) {
        self.gauges[self.state as usize].dec();
    }
}
