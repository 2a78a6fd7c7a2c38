//! The limits of callers, who come and go.
//!
//! The invariant: a caller is remembered only while it has a request here, or is over part of its rate; so
//! what is remembered is bounded by the calls in flight and by `callers.known`.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;

use super::bulkhead::{Bulkhead, Full, Place, Size};
use super::rate::RateLimit;
use crate::config;
use crate::model::CallerId;

pub(super) struct Callers {
    size: Size,
    rate: RateLimit<CallerId>,
    here: Mutex<HashMap<CallerId, Arc<Bulkhead>>>,
}

impl Callers {
    pub(super) fn new(settings: config::Callers) -> Arc<Self> {
        let config::Callers { rate, burst, concurrent, waiting, wait, known } = settings;
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Arc::new(Self {
            size: Size { concurrent, waiting, wait },
            rate: RateLimit::new(rate, burst, known, DefaultClock::default()),
            here: Mutex::default(),
        })
    }

    /// Takes a cell of the caller's rate, or says after what time there is one.
    pub(super) fn check(&self, caller: &CallerId) -> Result<(), Duration> {
        self.rate.check(caller)
    }

    fn here(&self) -> MutexGuard<'_, HashMap<CallerId, Arc<Bulkhead>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.here().len()
    }
}

/// A request of a caller, with its place.
#[derive(Debug)]
pub struct Guest {
    /// Goes before the visit does.
    _place: Place,
    _visit: Visit,
}

impl Guest {
    pub(super) async fn enter(
        callers: &Arc<Callers>,
        caller: &CallerId,
        deadline: Instant,
    ) -> Result<Self, Full> {
        let visit = Visit::begin(callers, caller);
        let place = visit.bulkhead.enter(deadline).await?;
        Ok(Self { _place: place, _visit: visit })
    }
}

/// Keeps a caller remembered; the last one to go takes the memory along.
struct Visit {
    callers: Arc<Callers>,
    caller: CallerId,
    bulkhead: Arc<Bulkhead>,
}

impl Visit {
    fn begin(callers: &Arc<Callers>, caller: &CallerId) -> Self {
        let mut here = callers.here();
        let bulkhead = here.entry(caller.clone()).or_insert_with(|| Bulkhead::new(callers.size));
        let bulkhead = Arc::clone(bulkhead);
        drop(here);
        Self { callers: Arc::clone(callers), caller: caller.clone(), bulkhead }
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Visit").field(&self.caller).finish()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut here = self.callers.here();
        // The map's and this one: visits begin under the same lock, so nobody can come in between.
        if Arc::strong_count(&self.bulkhead) == 2 {
            here.remove(&self.caller);
        }
    }
}
