//! The `host` interface: what every driver may call.

use tracing::Level;

use super::bindings::eigen::qdriver::host::{Host, Level as WitLevel};
use super::guest::Guest;

impl Host for Guest {
    async fn log(
        &mut self,
        level: WitLevel,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            WitLevel::Trace => Level::TRACE,
            WitLevel::Debug => Level::DEBUG,
            WitLevel::Info => Level::INFO,
            WitLevel::Warn => Level::WARN,
            WitLevel::Error => Level::ERROR,
        };
        self.log.line(level, &message, &fields);
        Ok(())
    }

    async fn progress(&mut self, fraction: f64, message: String) -> wasmtime::Result<()> {
        let percent = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) * 100.0 };
        self.log.line(Level::DEBUG, &message, &[("progress_percent".to_owned(), format!("{percent:.0}"))]);
        Ok(())
    }
}

/// The interface of shared types has no functions.
impl super::bindings::eigen::qdriver::types::Host for Guest {}
