//! How many calls may be under way at once, and how many more may wait, so that one driver or caller
//! cannot take the whole host.
//!
//! The invariants: never more than `concurrent` places are taken; never more than `waiting` callers wait,
//! each no longer than `wait` and its own deadline; turns are first come, first served; whoever gives up
//! waiting, or is dropped, leaves nothing behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Places.
    pub concurrent: u32,
    /// Those who may wait for one.
    pub waiting: u32,
    /// How long they wait.
    pub wait: Duration,
}

/// A bounded number of places with a bounded queue before them.
#[derive(Debug)]
pub struct Bulkhead {
    size: Size,
    places: Arc<Semaphore>,
    waiting: AtomicU32,
    /// How long a place is taken, on average, in nanoseconds; newer ones count for more.
    stay: AtomicU64,
}

/// A place; dropping it makes room.
#[derive(Debug)]
pub struct Place {
    bulkhead: Arc<Bulkhead>,
    since: Instant,
    _permit: OwnedSemaphorePermit,
}

/// No place was to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The queue is full as well.
    Queue {
        /// When those now waiting will have had their turn, going by how long places were taken lately.
        retry_after: Option<Duration>,
    },
    /// Nobody made room in `wait`.
    Wait {
        /// As for [`Full::Queue`].
        retry_after: Option<Duration>,
    },
    /// The caller's own deadline passed first.
    Deadline,
}

impl Bulkhead {
    /// An empty one.
    pub fn new(size: Size) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(size.concurrent as usize));
        let (waiting, stay) = (AtomicU32::new(0), AtomicU64::new(0));
        Arc::new(Self { size, places, waiting, stay })
    }

    /// Takes a place, waiting for its turn if it must, but not beyond `deadline`.
    pub async fn enter(self: &Arc<Self>, deadline: Instant) -> Result<Place, Full> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(self.place(permit));
        }
        let _queued = Queued::join(self).ok_or_else(|| Full::Queue { retry_after: self.estimate() })?;
        let patience = Instant::now() + self.size.wait;
        let permit = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout_at(patience.min(deadline).into(), permit).await {
            Ok(Ok(permit)) => Ok(self.place(permit)),
            // Nobody closes the semaphore.
            Ok(Err(_)) | Err(_) if patience <= deadline => Err(Full::Wait { retry_after: self.estimate() }),
            Ok(Err(_)) | Err(_) => Err(Full::Deadline),
        }
    }

    /// Its size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Places taken.
    pub fn taken(&self) -> usize {
        (self.size.concurrent as usize).saturating_sub(self.places.available_permits())
    }

    /// Callers in the queue.
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Acquire)
    }

    fn place(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Place {
        Place { bulkhead: Arc::clone(self), since: Instant::now(), _permit: permit }
    }

    /// When one more caller would get a place: each of the places takes its share of the queue, one stay
    /// after the other. `None` before anybody has left.
    fn estimate(&self) -> Option<Duration> {
        let stay = self.stay.load(Ordering::Relaxed);
        let turns = (u64::from(self.waiting()) + 1).div_ceil(u64::from(self.size.concurrent.max(1)));
        (stay > 0).then(|| Duration::from_nanos(stay.saturating_mul(turns)))
    }

    /// An exponential mean: each new stay counts for an eighth.
    fn note_stay(&self, stay: Duration) {
        let new = u64::try_from(stay.as_nanos()).unwrap_or(u64::MAX).max(1);
        let mean = |old: u64| if old == 0 { new } else { old - old / 8 + new / 8 };
        let _ = self.stay.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| Some(mean(old)));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bulkhead.note_stay(self.since.elapsed());
    }
}

/// One who waits, counted until dropped.
struct Queued<'a>(&'a Bulkhead);

impl<'a> Queued<'a> {
    fn join(bulkhead: &'a Bulkhead) -> Option<Self> {
        let more = |waiting| (waiting < bulkhead.size.waiting).then_some(waiting + 1);
        bulkhead.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(bulkhead))
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
