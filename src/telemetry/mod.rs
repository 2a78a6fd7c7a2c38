//! What the driver manager says about itself: log lines, metrics, and the ids that tie them to a trace.
//!
//! Owns the names that operators build alerts on. The invariant: whatever happens is one typed event
//! ([`events`]), and emitting it writes the log line and moves the metric together, so the two cannot
//! drift apart. Nothing here fails a request: a full log buffer drops lines, an odd label is cleaned.

pub mod events;
pub mod guest;
pub mod log;
pub mod metrics;
pub mod span;
pub mod trace_context;
pub mod traces;

use std::sync::Arc;

use events::Event;
use metrics::{BuildInfo, Metrics};
use traces::Sampling;

/// The handle through which everything is told. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Telemetry {
    metrics: Arc<Metrics>,
    sampling: Sampling,
    levels: Option<log::Levels>,
}

impl Telemetry {
    /// Telemetry with all metrics at zero.
    pub fn new(build: BuildInfo) -> Self {
        Self { metrics: Arc::new(Metrics::new(build)), sampling: Sampling::Off, levels: None }
    }

    /// The same, with requests recorded like that.
    #[must_use]
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    /// The same, with a log whose levels can be changed.
    #[must_use]
    pub fn with_levels(self, levels: log::Levels) -> Self {
        Self { levels: Some(levels), ..self }
    }

    /// The levels of the log, if the process has one.
    pub fn levels(&self) -> Option<&log::Levels> {
        self.levels.as_ref()
    }

    /// Which requests are recorded.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Writes the event's log line and moves its metrics.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an event happens once; the call reads as handing it over"
    )]
    pub fn emit(&self, event: impl Event) {
        event.count(&self.metrics);
        event.log();
    }

    /// The metrics, for gauges and for the `/metrics` page.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}
