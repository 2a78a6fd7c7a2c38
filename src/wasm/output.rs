//! What guests say: `host.log`, stdout and stderr, as structured log events under one budget.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::config::DriverLimits;
use crate::model::{DriverName, Generation};
use crate::telemetry::Telemetry;
use crate::telemetry::events::{self, Admission, GuestLogBudget};

/// The log of one instance. Its three sources share the driver's budget.
pub(super) struct GuestLog {
    telemetry: Telemetry,
    driver: DriverName,
    generation: Generation,
    instance: u64,
    line_limit: usize,
    budget: Arc<Mutex<GuestLogBudget>>,
    last_error: Mutex<Option<String>>,
}

impl GuestLog {
    pub(super) fn new(
        telemetry: Telemetry,
        driver: DriverName,
        generation: Generation,
        instance: u64,
        limits: &DriverLimits,
        budget: Arc<Mutex<GuestLogBudget>>,
    ) -> Self {
        let line_limit = limits.log_line.as_usize();
        Self { telemetry, driver, generation, instance, line_limit, budget, last_error: Mutex::default() }
    }

    /// Writes one line, unless the budget is used up.
    pub(super) fn line(&self, level: Level, message: &str, fields: &[(String, String)]) {
        if level == Level::ERROR {
            let remembered = message.chars().take(1024).collect();
            *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(remembered);
        }
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        match budget.admit(message, Instant::now()) {
            Admission::Pass { line, dropped } => {
                drop(budget);
                if dropped > 0 {
                    self.telemetry.emit(events::GuestLogDropped {
                        driver: self.driver.as_str(),
                        generation: self.generation.0,
                        lines: dropped,
                    });
                }
                self.telemetry.emit(events::GuestLog {
                    driver: self.driver.as_str(),
                    generation: self.generation.0,
                    instance: self.instance,
                    level,
                    message: &line,
                    fields,
                });
            }
            Admission::Drop => {}
        }
    }

    /// The last error line, such as a panic's message; explains a trap to the operator.
    pub(super) fn take_last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Stdout or stderr of a guest, cut into lines.
#[derive(Clone)]
pub(super) struct OutputStream {
    log: Arc<GuestLog>,
    level: Level,
    line: Arc<Mutex<Vec<u8>>>,
}

impl OutputStream {
    pub(super) fn new(log: Arc<GuestLog>, level: Level) -> Self {
        Self { log, level, line: Arc::default() }
    }

    /// Writes what was begun, if anything was.
    pub(super) fn end_line(&self) {
        let line = std::mem::take(&mut *self.line.lock().unwrap_or_else(PoisonError::into_inner));
        if !line.is_empty() {
            self.log.line(self.level, String::from_utf8_lossy(&line).trim_end(), &[]);
        }
    }

    fn take_in(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = self.log.line_limit.saturating_sub(line.len());
            line.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or(piece));
            if piece.ends_with(b"\n") || room <= piece.len() {
                self.log.line(self.level, String::from_utf8_lossy(&line).trim_end(), &[]);
                line.clear();
            }
        }
    }
}

impl IsTerminal for OutputStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for OutputStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for OutputStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.take_in(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
