//! A call from a Kernel, at its beginning and its end.

use std::time::Duration;

use tracing::info;

use super::{Event, TARGET, millis};
use crate::telemetry::metrics::{Metrics, Operation, Status};

/// A call has arrived.
#[derive(Debug, Clone, Copy)]
pub struct RpcStart<'a> {
    /// Full name of the method, such as `eigen.internal.v1.DriverManagerService/ListDevices`.
    pub method: &'a str,
}

impl Event for RpcStart<'_> {
    const NAME: &'static str = "rpc_start";

    fn message(&self) -> &str {
        Self::NAME
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, method = self.method, "{}", self.message());
    }
}

/// A call was answered, or its caller has gone.
#[derive(Debug, Clone, Copy)]
pub struct RpcEnd<'a> {
    /// Full name of the method.
    pub method: &'a str,
    /// The same, as the metrics name it.
    pub operation: Operation,
    /// The driver that answered; `none` when none was found.
    pub driver: &'a str,
    /// What the caller saw.
    pub grpc_status: Status,
    /// From arrival to answer.
    pub latency: Duration,
}

impl Event for RpcEnd<'_> {
    const NAME: &'static str = "rpc_end";

    fn message(&self) -> &str {
        Self::NAME
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            method = self.method,
            grpc_status = self.grpc_status.as_str(),
            latency_ms = millis(self.latency),
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.request(self.driver, self.operation, self.grpc_status, self.latency);
    }
}
