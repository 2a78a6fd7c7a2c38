//! A connection (an initialised instance or worker of a driver) comes and goes.
//!
//! How many there are is a gauge, kept by
//! [`ConnectionGauge`](crate::telemetry::metrics::ConnectionGauge) for as long as the connection lives.

use tracing::{info, warn};

use super::{Event, TARGET};
use crate::telemetry::metrics::Metrics;

/// A connection is ready.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionCreated<'a> {
    /// Whose.
    pub driver: &'a str,
}

impl Event for ConnectionCreated<'_> {
    const NAME: &'static str = "connection_created";

    fn message(&self) -> &'static str {
        "connection created"
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, driver_name = self.driver, "{}", self.message());
    }
}

/// A connection was closed.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionClosed<'a> {
    /// Whose.
    pub driver: &'a str,
    /// Why, one of a fixed set of words: `idle`, `grown`, `condemned` …
    pub why: &'static str,
}

impl Event for ConnectionClosed<'_> {
    const NAME: &'static str = "connection_closed";

    fn message(&self) -> &'static str {
        "connection closed"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            why = self.why,
            "{}",
            self.message()
        );
    }
}

/// A connection could not be set up, or broke.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionFailed<'a> {
    /// Whose.
    pub driver: &'a str,
    /// The kind of failure, one of a fixed set of words.
    pub error_type: &'static str,
    /// The failure in full.
    pub cause: &'a str,
}

impl Event for ConnectionFailed<'_> {
    const NAME: &'static str = "connection_failed";

    fn message(&self) -> &'static str {
        "connection failed"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            error_type = self.error_type,
            cause = self.cause,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.connection_error(self.driver, self.error_type);
    }
}
