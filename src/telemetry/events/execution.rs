//! An execution fails; a guest is stopped.

use tracing::warn;

use super::{Event, TARGET};
use crate::telemetry::metrics::Metrics;

/// A driver or its backend failed to execute a circuit.
#[derive(Debug, Clone, Copy)]
pub struct ExecutionFailed<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The device.
    pub device_id: &'a str,
    /// The class of failure, one of a fixed set of words.
    pub kind: &'static str,
    /// The failure in full, for the operator; the caller gets less.
    pub cause: &'a str,
    /// The kind of failure: `internal`, `provider`, `runtime`, `network`, `quota` or `auth`.
    pub taxonomy: &'static str,
    /// The part that failed, one of a fixed set of words: `driver`, `pool`, `backend` …
    pub component: &'static str,
}

impl Event for ExecutionFailed<'_> {
    const NAME: &'static str = "execution_failed";

    fn message(&self) -> &'static str {
        "execution failed"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            device_id = self.device_id,
            kind = self.kind,
            cause = self.cause,
            taxonomy = self.taxonomy,
            component = self.component,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.backend_failure(self.component, self.taxonomy);
    }
}

/// A guest was stopped: it trapped, or it ran into a limit. Its instance is condemned.
#[derive(Debug, Clone, Copy)]
pub struct GuestTrapped<'a> {
    /// The driver.
    pub driver: &'a str,
    /// Its generation.
    pub generation: u64,
    /// Which of its instances.
    pub instance: u64,
    /// The kind of trap, one of a fixed set of words: `fuel`, `memory`, `deadline`, `unreachable` …
    pub kind: &'static str,
    /// The limit that was reached, its value, and the key that raises it.
    pub limit: Option<&'a str>,
    /// The trap's message, the guest's own panic message, and the backtrace.
    pub cause: &'a str,
}

impl Event for GuestTrapped<'_> {
    const NAME: &'static str = "guest_trapped";

    fn message(&self) -> &'static str {
        "guest stopped"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            generation = self.generation,
            instance = self.instance,
            kind = self.kind,
            limit = self.limit,
            cause = self.cause,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.trap(self.driver, self.kind);
        let budget = match self.kind {
            "deadline" => "wall_time",
            "table" => "table_elements",
            "fuel" | "memory" | "host_memory" | "stack" | "host_calls" | "handles" => self.kind,
            _ => return,
        };
        metrics.budget_refused(self.driver, budget, 1);
    }
}
