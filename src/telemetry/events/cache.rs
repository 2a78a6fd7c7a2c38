//! The cache of compiled components: used, or not to be trusted.

use std::time::Duration;

use tracing::{debug, warn};

use super::{Event, TARGET, millis};

/// Machine code came from the cache.
#[derive(Debug, Clone, Copy)]
pub struct AotCacheHit<'a> {
    /// Digest of the component, as `sha256:…`.
    pub digest: &'a str,
    /// Time to read, verify and load.
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
    /// Digest of the component, as `sha256:…`.
    pub digest: &'a str,
    /// The entry's file.
    pub path: &'a str,
    /// What is wrong with the entry.
    pub cause: &'a str,
}

impl Event for AotCacheRejected<'_> {
    const NAME: &'static str = "aot_cache_rejected";

    fn message(&self) -> &'static str {
        "ahead-of-time cache entry rejected, compiling anew"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            digest = self.digest,
            path = self.path,
            cause = self.cause,
            "{}",
            self.message()
        );
    }
}
