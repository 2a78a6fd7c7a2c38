//! The cache of compiled components: used, or not to be trusted.

use std::time::Duration;

use tracing::{debug, warn};

use super::{Event, TARGET, millis};

/// Machine code came from the cache.
#[derive(Debug, Clone, Copy)]
pub struct AotCacheHit<'a> {
    /// The driver.
    pub driver: &'a str,
    /// SHA-256 of the component, hex.
    pub digest: &'a str,
    /// Time to read and verify.
    pub elapsed: Duration,
}

impl Event for AotCacheHit<'_> {
    const NAME: &'static str = "aot_cache_hit";

    fn message(&self) -> &'static str {
        "compiled component taken from the cache"
    }

    fn log(&self) {
        debug!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            digest = self.digest,
            elapsed_ms = millis(self.elapsed),
            "{}",
            self.message()
        );
    }
}

/// A cache entry was damaged or forged. It is deleted and the component compiled anew.
#[derive(Debug, Clone, Copy)]
pub struct AotCacheRejected<'a> {
    /// The driver.
    pub driver: &'a str,
    /// SHA-256 of the component, hex.
    pub digest: &'a str,
    /// What is wrong with the entry.
    pub cause: &'a str,
}

impl Event for AotCacheRejected<'_> {
    const NAME: &'static str = "aot_cache_rejected";

    fn message(&self) -> &'static str {
        "cached component refused; compiling anew"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            digest = self.digest,
            cause = self.cause,
            "{}",
            self.message()
        );
    }
}
