//! The way of spans to their collector.

use tracing::{info, warn};

use super::{Event, TARGET};

/// Spans could not be sent. Told once; what goes on being lost is counted.
#[derive(Debug, Clone, Copy)]
pub struct TracesLost<'a> {
    /// What the exporter says.
    pub cause: &'a str,
}

impl Event for TracesLost<'_> {
    const NAME: &'static str = "traces_lost";

    fn message(&self) -> &'static str {
        "the collector of traces does not take spans; they are dropped until it does"
    }

    fn log(&self) {
        warn!(target: TARGET, event = Self::NAME, cause = self.cause, "{}", self.message());
    }
}

/// The collector takes spans again.
#[derive(Debug, Clone, Copy)]
pub struct TracesFound {}

impl Event for TracesFound {
    const NAME: &'static str = "traces_found";

    fn message(&self) -> &'static str {
        "the collector of traces takes spans again"
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, "{}", self.message());
    }
}
