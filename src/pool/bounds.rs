//! How many connections there are, how old they grow, and how long anybody waits.

use std::time::Duration;

use crate::config::DriverLimits;

/// The bounds of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections.
    pub size: usize,
    /// Idle connections that are kept however long they lie, and opened before anyone asks.
    pub min_idle: usize,
    /// How long a connection may lie idle.
    pub idle_timeout: Duration,
    /// The age at which a connection is closed, between two calls.
    pub max_lifetime: Duration,
    /// How often an idle connection is asked whether it can work; zero never asks.
    pub health_interval: Duration,
    /// How long a call waits for a connection.
    pub acquire_timeout: Duration,
    /// How long a new connection may take to open, and an idle one to say that it can work.
    pub initialize_timeout: Duration,
}

impl Bounds {
    /// How often the pool looks after its idle connections: twice in the shortest time that matters.
    pub(super) fn tick(&self) -> Duration {
        const SHORTEST: Duration = Duration::from_millis(100);
        const LONGEST: Duration = Duration::from_mins(1);
        let times = [self.idle_timeout, self.max_lifetime, self.health_interval];
        let asked = times.into_iter().filter(|time| !time.is_zero()).min().unwrap_or(SHORTEST);
        (asked / 2).clamp(SHORTEST, LONGEST)
    }
}

impl Default for Bounds {
    /// Those of a driver whose limits nobody has changed.
    fn default() -> Self {
        Self::from(&DriverLimits::default())
    }
}

impl From<&DriverLimits> for Bounds {
    fn from(limits: &DriverLimits) -> Self {
        Self {
            size: limits.instances,
            min_idle: limits.min_idle,
            idle_timeout: limits.idle_timeout,
            max_lifetime: limits.max_lifetime,
            health_interval: limits.health_interval,
            acquire_timeout: limits.acquire_timeout,
            initialize_timeout: limits.initialize_timeout,
        }
    }
}
