//! A driver reaches outside, or is kept from it.

use std::time::Duration;

use tracing::{info, warn};

use super::{Event, TARGET, millis};
use crate::telemetry::metrics::Metrics;

/// An outbound request got its head back, or nothing. Neither query, headers nor bodies are told.
#[derive(Debug, Clone, Copy)]
pub struct OutboundCall<'a> {
    /// The driver.
    pub driver: &'a str,
    /// The method.
    pub method: &'a str,
    /// Host and port, as the driver wrote them.
    pub host: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The answer's status; 0 without one.
    pub status: u16,
    /// Why there is no answer, one of a fixed set of words; empty if there is one.
    pub error: &'static str,
    /// The same in full.
    pub cause: &'a str,
    /// Time to the answer's head.
    pub elapsed: Duration,
}

impl Event for OutboundCall<'_> {
    const NAME: &'static str = "outbound_call";

    fn message(&self) -> &'static str {
        if self.error.is_empty() { "outbound request answered" } else { "outbound request failed" }
    }

    fn log(&self) {
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    event = Self::NAME,
                    driver_name = self.driver,
                    method = self.method,
                    host = self.host,
                    path = self.path,
                    status = self.status,
                    error = self.error,
                    cause = self.cause,
                    elapsed_ms = millis(self.elapsed),
                    "{}",
                    self.message()
                )
            };
        }
        if self.error.is_empty() {
            line!(info);
        } else {
            line!(warn);
        }
    }

    fn count(&self, metrics: &Metrics) {
        let outcome = match (self.error, self.status / 100) {
            ("", 1) => "1xx",
            ("", 2) => "2xx",
            ("", 3) => "3xx",
            ("", 4) => "4xx",
            ("", _) => "5xx",
            (error, _) => error,
        };
        metrics.outbound(self.driver, outcome);
        metrics.outbound_duration(self.driver, self.elapsed);
        count_refusal(metrics, self.driver, self.error);
    }
}

/// A tunnel of a driver ended, or did not come about. Of what went through it the size alone is known.
#[derive(Debug, Clone, Copy)]
pub struct OutboundTunnel<'a> {
    /// The driver.
    pub driver: &'a str,
    /// Host and port, as the driver wrote them.
    pub host: &'a str,
    /// Why it did not come about, or was ended; one of a fixed set of words, empty if a side had enough.
    pub error: &'static str,
    /// The same in full.
    pub cause: &'a str,
    /// Bytes to the host.
    pub sent: u64,
    /// Bytes from the host.
    pub received: u64,
    /// Time from its beginning to its end.
    pub elapsed: Duration,
}

impl Event for OutboundTunnel<'_> {
    const NAME: &'static str = "outbound_tunnel";

    fn message(&self) -> &'static str {
        if self.error.is_empty() { "outbound tunnel closed" } else { "outbound tunnel failed" }
    }

    fn log(&self) {
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    event = Self::NAME,
                    driver_name = self.driver,
                    host = self.host,
                    sent_bytes = self.sent,
                    received_bytes = self.received,
                    error = self.error,
                    cause = self.cause,
                    elapsed_ms = millis(self.elapsed),
                    "{}",
                    self.message()
                )
            };
        }
        if self.error.is_empty() {
            line!(info);
        } else {
            line!(warn);
        }
    }

    fn count(&self, metrics: &Metrics) {
        let outcome = if self.error.is_empty() { "tunnel" } else { self.error };
        metrics.outbound(self.driver, outcome);
        count_refusal(metrics, self.driver, self.error);
    }
}

/// Notes what was refused for want of a budget.
fn count_refusal(metrics: &Metrics, driver: &str, error: &str) {
    let budget = match error {
        "crowded" => "egress.concurrent",
        "too_often" => "outbound_requests",
        "too_large" => "egress.bodies",
        _ => return,
    };
    metrics.budget_refused(driver, budget, 1);
}
