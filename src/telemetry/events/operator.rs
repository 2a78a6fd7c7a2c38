//! What operators do to drivers, and what they must know of them.

use std::time::Duration;

use tracing::{error, info, warn};

use super::{Event, TARGET, millis};
use crate::telemetry::metrics::Metrics;

/// A driver is not trusted: its artifact was not compiled, and will not be.
#[derive(Debug, Clone, Copy)]
pub struct DriverQuarantined<'a> {
    /// Its name.
    pub driver: &'a str,
    /// The kind of reason, one of a fixed set of words.
    pub reason: &'static str,
    /// The reason in full.
    pub cause: &'a str,
    /// The one line of config that would allow it; may be empty.
    pub remedy: &'a str,
}

impl Event for DriverQuarantined<'_> {
    const NAME: &'static str = "driver_quarantined";

    fn message(&self) -> &'static str {
        "driver quarantined: it is not trusted and was not compiled"
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
        metrics.load(self.driver, "quarantined");
        metrics.quarantined(self.driver, self.reason);
    }
}

/// A driver runs although nothing about it was verified.
#[derive(Debug, Clone, Copy)]
pub struct DriverUnverified<'a> {
    /// Its name.
    pub driver: &'a str,
    /// Of its artifact.
    pub digest: &'a str,
}

impl Event for DriverUnverified<'_> {
    const NAME: &'static str = "driver_unverified";

    fn message(&self) -> &'static str {
        "driver runs unverified: its trust policy is `none`"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            digest = self.digest,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.unverified(self.driver);
    }
}

/// A replacement or rollback that an operator asked for has ended.
#[derive(Debug, Clone, Copy)]
pub struct SwapEnded<'a> {
    /// The driver.
    pub driver: &'a str,
    /// What became of it, one of a fixed set of words.
    pub outcome: &'static str,
    /// From the call to the publication, or to the refusal.
    pub elapsed: Duration,
}

impl Event for SwapEnded<'_> {
    const NAME: &'static str = "swap_ended";

    fn message(&self) -> &'static str {
        "replacement of a driver ended"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            outcome = self.outcome,
            elapsed_ms = millis(self.elapsed),
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.swap(self.driver, self.outcome);
    }
}

/// A trial of a new generation has ended.
#[derive(Debug, Clone, Copy)]
pub struct CanaryEnded<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The generation on trial.
    pub generation: u64,
    /// Whether it gets all requests now; else the old one keeps them.
    pub passed: bool,
    /// Why not.
    pub cause: &'a str,
}

impl Event for CanaryEnded<'_> {
    const NAME: &'static str = "canary_ended";

    fn message(&self) -> &'static str {
        if self.passed {
            "a new generation has passed its trial"
        } else {
            "a new generation has failed its trial"
        }
    }

    fn log(&self) {
        let Self { driver, generation, passed, cause } = *self;
        if passed {
            info!(target: TARGET, event = Self::NAME, driver_name = driver, generation, passed, "{}", self.message());
        } else {
            error!(target: TARGET, event = Self::NAME, driver_name = driver, generation, passed, cause, "{}", self.message());
        }
    }

    fn count(&self, metrics: &Metrics) {
        metrics.swap(self.driver, if self.passed { "canary_passed" } else { "canary_failed" });
    }
}

/// A new generation no longer has devices that the one before had.
#[derive(Debug, Clone, Copy)]
pub struct DevicesLost<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The devices, separated by commas.
    pub devices: &'a str,
}

impl Event for DevicesLost<'_> {
    const NAME: &'static str = "devices_lost";

    fn message(&self) -> &'static str {
        "a replacement takes devices away"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            devices = self.devices,
            "{}",
            self.message()
        );
    }
}

/// An operator's call, for the audit trail.
#[derive(Debug, Clone, Copy)]
pub struct AdminCall<'a> {
    /// The method.
    pub method: &'static str,
    /// The driver that it is about; empty if it is about none.
    pub driver: &'a str,
    /// What became of it, one of a fixed set of words.
    pub outcome: &'static str,
    /// Who called, and what was asked for.
    pub details: &'a str,
}

impl Event for AdminCall<'_> {
    const NAME: &'static str = "admin_call";

    fn message(&self) -> &'static str {
        "an operator's call"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            audit = true,
            method = self.method,
            driver_name = self.driver,
            outcome = self.outcome,
            details = self.details,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.admin_call(self.method, self.outcome);
    }
}

/// The config was read anew.
#[derive(Debug, Clone, Copy)]
pub struct ConfigReloaded<'a> {
    /// Keys whose new values hold.
    pub applied: usize,
    /// Keys that changed but hold only after a restart, separated by commas.
    pub restart_required: &'a str,
}

impl Event for ConfigReloaded<'_> {
    const NAME: &'static str = "config_reloaded";

    fn message(&self) -> &'static str {
        "config reloaded"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            applied = self.applied,
            restart_required = self.restart_required,
            "{}",
            self.message()
        );
    }
}
