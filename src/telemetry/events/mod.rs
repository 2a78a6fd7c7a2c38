//! What can happen, as one type each.
//!
//! Owns the names of events and of their fields. The invariant: an event's log line and its metric are
//! written by the same value, so dashboards and logs tell one story. Every line has `event`, the stable
//! name for machines, beside `message`, the sentence for people. An event never holds a circuit, a
//! payload or a secret.
//!
//! Emit with [`Telemetry::emit`](super::Telemetry::emit); trace, job and device come from the span around.

mod cache;
mod connection;
mod driver;
mod execution;
mod guest_log;
mod operator;
mod outbound;
mod resilience;
mod rpc;
mod server;
#[cfg(test)]
mod tests;
mod traces;

pub use cache::{AotCacheHit, AotCacheRejected, SharedCacheFound, SharedCacheLost};
pub use connection::{ConnectionClosed, ConnectionCreated, ConnectionFailed};
pub use driver::{DriverLoadFailed, DriverLoaded, DriverUnloaded};
pub use execution::{ExecutionFailed, GuestTrapped};
pub use guest_log::{Admission, GuestLog, GuestLogBudget, GuestLogDropped};
pub use operator::{
    AdminCall, CanaryEnded, ConfigReloaded, DevicesLost, DriverQuarantined, DriverUnverified, SwapEnded,
};
pub use outbound::{OutboundCall, OutboundTunnel};
pub use resilience::{BreakerChanged, FailedOver, Retried, RetriesStopped};
pub use rpc::{RpcEnd, RpcStart};
pub use server::{ConfigWarning, Draining, ServerStarted, Stopped};
pub use traces::{TracesFound, TracesLost};

use super::metrics::Metrics;

/// Something that happened.
pub trait Event {
    /// The name, as `event` in the log line; never changes.
    const NAME: &'static str;

    /// The sentence, as `message` in the log line.
    fn message(&self) -> &str;

    /// Writes the log line.
    fn log(&self);

    /// Moves the metrics. Events that have none leave this out.
    fn count(&self, metrics: &Metrics) {
        let _ = metrics;
    }
}

/// The target of our events: filter directives name it.
const TARGET: &str = "driver_manager";

/// The target of what guests say: `driver_manager::guest=debug` turns it up alone.
const GUEST_TARGET: &str = "driver_manager::guest";

/// Milliseconds with a fraction, as fields ending in `_ms` hold them.
fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
