//! What the log tells, changeable while the process runs.

use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::{EnvFilter, Registry, reload};

use super::{LogError, parse_filter};

/// The levels of the log in force. Clones speak of the same log.
#[derive(Debug, Clone)]
pub struct Levels {
    filter: reload::Handle<EnvFilter, Registry>,
    started_with: Arc<str>,
    now: Arc<Mutex<String>>,
}

impl Levels {
    pub(super) fn new(filter: reload::Handle<EnvFilter, Registry>, started_with: &str) -> Self {
        Self { filter, started_with: started_with.into(), now: Arc::new(Mutex::new(started_with.to_owned())) }
    }

    /// What the process was started with.
    pub fn started_with(&self) -> &str {
        &self.started_with
    }

    /// What holds now.
    pub fn now(&self) -> String {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces them by a level, or directives such as `info,driver_manager::guest=debug`.
    ///
    /// # Errors
    /// When the directives are no filter; what held before stays.
    pub fn set(&self, directives: &str) -> Result<(), LogError> {
        let filter = parse_filter(directives)?;
        // Both under the lock: of two operators the later one is heard and shown.
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        self.filter.reload(filter)?;
        directives.clone_into(&mut now);
        Ok(())
    }
}
