//! The cache of compiled components: used, or not to be trusted; the cache that hosts share: there, or not.

use std::time::Duration;

use tracing::{debug, info, warn};

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

/// The server that hosts share results by answers, again or for the first time.
#[derive(Debug, Clone, Copy)]
pub struct SharedCacheFound {}

impl Event for SharedCacheFound {
    const NAME: &'static str = "shared_cache_found";

    fn message(&self) -> &'static str {
        "the shared result cache answers"
    }

    fn log(&self) {
        info!(target: TARGET, event = Self::NAME, "{}", self.message());
    }
}

/// The server that hosts share results by is away. Requests go on without it.
#[derive(Debug, Clone, Copy)]
pub struct SharedCacheLost<'a> {
    /// What happened; no address, which may hold a secret.
    pub cause: &'a str,
}

impl Event for SharedCacheLost<'_> {
    const NAME: &'static str = "shared_cache_lost";

    fn message(&self) -> &'static str {
        "the shared result cache is away; requests go on without it"
    }

    fn log(&self) {
        warn!(target: TARGET, event = Self::NAME, cause = self.cause, "{}", self.message());
    }
}
