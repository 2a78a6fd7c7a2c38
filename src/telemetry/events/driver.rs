//! A driver comes, or fails to, or goes.

use std::time::Duration;

use tracing::{error, info};

use super::{Event, TARGET, millis};
use crate::telemetry::metrics::Metrics;

/// A generation of a driver serves from now on.
#[derive(Debug, Clone, Copy)]
pub struct DriverLoaded<'a> {
    /// Its name.
    pub driver: &'a str,
    /// Counts the driver's generations in this process.
    pub generation: u64,
    /// SHA-256 of the component, hex.
    pub digest: &'a str,
    /// Where the component came from: a path, or `built-in`.
    pub source: &'a str,
    /// From the first byte read to the first call served.
    pub elapsed: Duration,
    /// Whether its machine code came from the cache.
    pub cached: bool,
}

impl Event for DriverLoaded<'_> {
    const NAME: &'static str = "driver_loaded";

    fn message(&self) -> &'static str {
        "driver loaded"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            generation = self.generation,
            digest = self.digest,
            source = self.source,
            elapsed_ms = millis(self.elapsed),
            cached = self.cached,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.load(self.driver, "loaded");
        metrics.generation(self.driver, self.generation);
    }
}

/// A driver could not be loaded. If one of that name served before, it still does.
#[derive(Debug, Clone, Copy)]
pub struct DriverLoadFailed<'a> {
    /// Its name.
    pub driver: &'a str,
    /// The kind of reason, one of a fixed set of words.
    pub reason: &'static str,
    /// The reason in full, for the operator.
    pub cause: &'a str,
    /// What to do about it; may be empty.
    pub remedy: &'a str,
}

impl Event for DriverLoadFailed<'_> {
    const NAME: &'static str = "driver_load_failed";

    fn message(&self) -> &'static str {
        "driver could not be loaded"
    }

    fn log(&self) {
        error!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            reason = self.reason,
            cause = self.cause,
            remedy = self.remedy,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.load(self.driver, "failed");
    }
}

/// A generation of a driver has answered its last call and is gone.
#[derive(Debug, Clone, Copy)]
pub struct DriverUnloaded<'a> {
    /// Its name.
    pub driver: &'a str,
    /// The generation that went.
    pub generation: u64,
    /// The generation that took over. `None`: the driver is gone, and its gauges with it.
    pub successor: Option<u64>,
    /// Calls that were cut off because the drain's time was up.
    pub abandoned: usize,
    /// From the end of its service to its last call's.
    pub drained: Duration,
}

impl Event for DriverUnloaded<'_> {
    const NAME: &'static str = "driver_unloaded";

    fn message(&self) -> &'static str {
        "driver unloaded"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            generation = self.generation,
            successor = self.successor,
            abandoned = self.abandoned,
            drained_ms = millis(self.drained),
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.cut_off(self.driver, self.abandoned);
        if self.successor.is_none() {
            metrics.forget_driver(self.driver);
        }
    }
}
