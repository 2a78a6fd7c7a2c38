//! What drivers say, whichever runtime they are in: log calls, standard output and error, as structured log events
//! under one budget.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tracing::Level;

use super::Telemetry;
use super::events::{self, Admission, GuestLogBudget};
use crate::model::{DriverName, Generation};

/// The log of one instance. Its three sources share the driver's budget.
pub struct GuestLog {
    telemetry: Telemetry,
    driver: DriverName,
    generation: Generation,
    instance: u64,
    line_limit: usize,
    budget: Arc<Mutex<GuestLogBudget>>,
    last_error: Mutex<Option<String>>,
}

impl GuestLog {
    /// The log of one instance; `line_limit` is the longest line, in bytes.
    pub fn new(
        telemetry: Telemetry,
        driver: DriverName,
        generation: Generation,
        instance: u64,
        line_limit: usize,
        budget: Arc<Mutex<GuestLogBudget>>,
    ) -> Self {
        Self { telemetry, driver, generation, instance, line_limit, budget, last_error: Mutex::default() }
    }

    /// Writes one line, unless the budget is used up.
    pub fn line(&self, level: Level, message: &str, fields: &[(String, String)]) {
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
    pub fn take_last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Covers what is not to be seen in a line, in place.
pub type Cover = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Standard output or error of a driver, cut into lines.
pub struct GuestOutput {
    log: Arc<GuestLog>,
    level: Level,
    line: Mutex<Vec<u8>>,
    cover: Option<Cover>,
}

impl GuestOutput {
    /// What is written here is logged at this level.
    pub fn new(log: Arc<GuestLog>, level: Level) -> Arc<Self> {
        Arc::new(Self { log, level, line: Mutex::default(), cover: None })
    }

    /// As [`GuestOutput::new`], with each line covered before it is logged.
    pub fn covered(log: Arc<GuestLog>, level: Level, cover: Cover) -> Arc<Self> {
        Arc::new(Self { log, level, line: Mutex::default(), cover: Some(cover) })
    }

    /// Writes what was begun, if anything was.
    pub fn end_line(&self) {
        let line = std::mem::take(&mut *self.line.lock().unwrap_or_else(PoisonError::into_inner));
        if !line.is_empty() {
            self.write(line);
        }
    }

    /// Takes in what was written; a line that is too long is cut where it is.
    pub fn take_in(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = self.log.line_limit.saturating_sub(line.len());
            line.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or(piece));
            if piece.ends_with(b"\n") || room <= piece.len() {
                self.write(std::mem::take(&mut line));
            }
        }
    }

    fn write(&self, mut line: Vec<u8>) {
        if let Some(cover) = &self.cover {
            cover(&mut line);
        }
        self.log.line(self.level, String::from_utf8_lossy(&line).trim_end(), &[]);
    }
}
