//! The process itself: up, draining, down.

use std::net::SocketAddr;

use tracing::{info, warn};

use super::{Event, TARGET};

/// Both edges listen.
#[derive(Debug, Clone, Copy)]
pub struct ServerStarted {
    /// Where Kernels connect.
    pub grpc: SocketAddr,
    /// Where metrics and health are.
    pub http: SocketAddr,
}

impl Event for ServerStarted {
    const NAME: &'static str = "server_started";

    fn message(&self) -> &'static str {
        "driver manager started"
    }

    fn log(&self) {
        info!(
            target: TARGET,
            event = Self::NAME,
            grpc = %self.grpc,
            http = %self.http,
            "{}",
            self.message()
        );
    }
}

/// No new calls are taken; running ones may end.
#[derive(Debug, Clone, Copy)]
pub struct Draining {
    /// Calls that still run.
    pub in_flight: usize,
}

impl Event for Draining {
    const NAME: &'static str = "draining";

    fn message(&self) -> &'static str {
        "draining: no new calls are taken"
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, in_flight = self.in_flight, "{}", self.message());
    }
}

/// The last line.
#[derive(Debug, Clone, Copy)]
pub struct Stopped {
    /// Calls that were cut off because the drain's time was up.
    pub abandoned: usize,
}

impl Event for Stopped {
    const NAME: &'static str = "stopped";

    fn message(&self) -> &'static str {
        "driver manager stopped"
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, abandoned = self.abandoned, "{}", self.message());
    }
}

/// Something in the configuration is allowed but worth a word.
#[derive(Debug, Clone, Copy)]
pub struct ConfigWarning<'a> {
    /// The sentence.
    pub warning: &'a str,
}

impl Event for ConfigWarning<'_> {
    const NAME: &'static str = "config_warning";

    fn message(&self) -> &str {
        self.warning
    }

    fn log(&self) {
        warn!(target: TARGET, event = Self::NAME, "{}", self.message());
    }
}
