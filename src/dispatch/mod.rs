//! The request path, one file a verb.
//!
//! Validate, find the device, prepare the circuit, lease a connection, call the driver, check its
//! answer. Dispatch knows the seam (`driver`), the registry and the pool, and no runtime.

mod calibrate;
mod context;
mod execute;
mod execution_key;
mod fit;
mod list;
mod normalise;
mod options;
mod pending;
mod prepare;
mod self_test;
mod status;
mod validate;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use context::RequestContext;
pub use execute::{ExecuteRequest, Execution, Format};
pub use status::Status;

use crate::config::Config;
use crate::driver::Call;
use crate::model::{DeviceId, Failure, FailureKind};
use crate::plugin::{Active, Registry, Route, Snapshot};
use crate::telemetry::Telemetry;
use crate::telemetry::events;

/// The four verbs of the Kernel, over all drivers.
pub struct Dispatcher {
    config: Arc<Config>,
    registry: Arc<Registry>,
    telemetry: Telemetry,
    in_flight: Semaphore,
    /// Circuits that may be read at once, where that takes time.
    reading: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Dispatcher {
    /// A dispatcher over this registry.
    pub fn new(config: Arc<Config>, registry: Arc<Registry>, telemetry: Telemetry) -> Self {
        let in_flight = Semaphore::new(config.grpc.max_in_flight);
        let reading = Arc::new(Semaphore::new(config.circuits.max_reading));
        Self { config, registry, telemetry, in_flight, reading, stopping: CancellationToken::new() }
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
        self.config.grpc.max_in_flight.saturating_sub(self.in_flight.available_permits())
    }

    fn admit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        self.in_flight.try_acquire().map_err(|_| {
            let limit = self.config.grpc.max_in_flight;
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
        let now = Instant::now();
        let transport = context.transport_deadline.map(|end| end.saturating_duration_since(now));
        let asked = [transport, option].into_iter().flatten().min();
        Call { deadline: now + asked.unwrap_or(default).min(self.config.deadlines.longest) }
    }

    /// Tells the operator what went wrong below, and counts it.
    fn note(&self, active: &Active, device: &DeviceId, failure: &Failure) {
        self.telemetry.emit(events::ExecutionFailed {
            driver: active.name.as_str(),
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
