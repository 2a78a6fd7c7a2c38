//! A failure is met: tried again, sent elsewhere, kept away.

use std::time::Duration;

use tracing::{info, warn};

use super::{Event, TARGET, millis};
use crate::telemetry::metrics::Metrics;

/// A failed attempt is about to be made again.
#[derive(Debug, Clone, Copy)]
pub struct Retried<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The device.
    pub device_id: &'a str,
    /// How it failed, one of a fixed set of words.
    pub kind: &'static str,
    /// The failure in full, for the operator.
    pub cause: &'a str,
    /// Attempts so far.
    pub attempt: u32,
    /// Time until the next.
    pub pause: Duration,
}

impl Event for Retried<'_> {
    const NAME: &'static str = "retried";

    fn message(&self) -> &'static str {
        "attempt failed; trying again"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            device_id = self.device_id,
            kind = self.kind,
            cause = self.cause,
            attempt = self.attempt,
            pause_ms = millis(self.pause),
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.retry(self.driver, self.kind);
    }
}

/// A failure that might have passed is told to the caller.
#[derive(Debug, Clone, Copy)]
pub struct RetriesStopped<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The device.
    pub device_id: &'a str,
    /// What stopped it, one of a fixed set of words: `attempts`, `budget`, `deadline` …
    pub why: &'static str,
}

impl Event for RetriesStopped<'_> {
    const NAME: &'static str = "retries_stopped";

    fn message(&self) -> &'static str {
        "no further attempt"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            device_id = self.device_id,
            why = self.why,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.retries_stopped(self.driver, self.why);
    }
}

/// A breaker changed its phase.
#[derive(Debug, Clone, Copy)]
pub struct BreakerChanged<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The device whose breaker it is; empty for the driver's own.
    pub device_id: &'a str,
    /// The phase before.
    pub from: &'static str,
    /// The phase now: `closed`, `open` or `half_open`.
    pub to: &'static str,
    /// Why, one of a fixed set of words.
    pub cause: &'static str,
}

impl Event for BreakerChanged<'_> {
    const NAME: &'static str = "breaker_changed";

    fn message(&self) -> &'static str {
        "breaker changed"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            device_id = self.device_id,
            from = self.from,
            to = self.to,
            cause = self.cause,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.breaker(self.driver, self.device_id, self.to, self.cause);
    }
}

/// Another device takes over a request.
#[derive(Debug, Clone, Copy)]
pub struct FailedOver<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The device that the caller named.
    pub from: &'a str,
    /// The driver of the device that takes over.
    pub to_driver: &'a str,
    /// The device that takes over.
    pub to: &'a str,
    /// Why, one of a fixed set of words.
    pub trigger: &'static str,
    /// Why, as the answer's metadata says.
    pub reason: &'a str,
}

impl Event for FailedOver<'_> {
    const NAME: &'static str = "failed_over";

    fn message(&self) -> &'static str {
        "another device takes over"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            from = self.from,
            to_driver = self.to_driver,
            to = self.to,
            trigger = self.trigger,
            reason = self.reason,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.failover(self.driver, self.to_driver, self.trigger);
    }
}
