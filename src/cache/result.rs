//! Results of executions, kept by size and age.
//!
//! Invariants: a failure is never kept; of identical requests at one time one runs and the others share,
//! but no one fails of another's deadline, and no one waits beyond its own; after
//! [`ResultCache::device_changed`] nothing that began before it is found again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::future::Cache;

use super::flight::{Flights, Role};
use super::key::ResultKey;
use super::mode::CacheMode;
use crate::config::ResultCacheConfig;
use crate::model::{DeviceId, Failure, FailureKind};

/// How much memory a value takes, in bytes.
pub trait Weigh {
    /// Its size with all that it owns.
    fn weight(&self) -> usize;
}

/// An execution, as the cache sees it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Its identity.
    pub key: ResultKey,
    /// The device that would run it.
    pub device: &'a DeviceId,
    /// What the request says.
    pub mode: CacheMode,
    /// Whether it comes out the same every time: it has a seed, and the device says so.
    pub deterministic: bool,
    /// How long the caller waits for another one's run.
    pub deadline: Instant,
}

/// A result and where it comes from.
#[derive(Debug, Clone)]
pub struct Answer<V> {
    /// The result.
    pub value: Arc<V>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was run for this request, and may be kept.
    Ran,
    /// It was run for this request, and the cache had no part in it.
    Bypassed,
    /// It was run at the same time, for another request like this one.
    Shared,
    /// It was remembered.
    Hit {
        /// How old it is.
        age: Duration,
    },
}

impl Origin {
    /// A stable name for metrics and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ran => "miss",
            Self::Bypassed => "bypass",
            Self::Shared => "shared",
            Self::Hit { .. } => "hit",
        }
    }
}

/// Remembered results.
pub struct ResultCache<V> {
    enabled: bool,
    entries: Cache<Slot, Entry<V>>,
    flights: Flights<Slot, Result<(Entry<V>, Known), Failure>>,
    /// How often each device changed in a way that its key does not tell.
    changes: Mutex<HashMap<DeviceId, u64>>,
}

/// A key, and how often its device had changed when the run began.
type Slot = (ResultKey, u64);

struct Entry<V> {
    value: Arc<V>,
    at: Instant,
    device: DeviceId,
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        let Self { value, at, device } = self;
        Self { value: Arc::clone(value), at: *at, device: device.clone() }
    }
}

impl<V: Weigh + Send + Sync + 'static> ResultCache<V> {
    /// An empty cache within these bounds.
    pub fn new(config: &ResultCacheConfig) -> Self {
        let largest = config.max_result.as_usize();
        let entries = Cache::builder()
            .name("results")
            .max_capacity(config.max_size.bytes())
            .time_to_live(config.ttl)
            .weigher(move |_, entry: &Entry<V>| {
                let weight =
                    entry.value.weight() + size_of::<(Slot, Entry<V>)>() + entry.device.as_str().len();
                // More than everything together has: it is never let in.
                if weight > largest { u32::MAX } else { u32::try_from(weight).unwrap_or(u32::MAX) }
            })
            .support_invalidation_closures()
            .build();
        Self { enabled: config.enabled, entries, flights: Flights::default(), changes: Mutex::default() }
    }

    /// The result of a run: remembered, shared with another request, or made by `execute`.
    ///
    /// # Errors
    /// What `execute` says; [`FailureKind::Timeout`] when another request's run takes too long;
    /// [`FailureKind::Precondition`] when only a remembered result was wanted and there is none.
    pub async fn get_or_run(
        &self,
        run: &Run<'_>,
        execute: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Answer<V>, Failure> {
        if !self.enabled || !run.mode.takes_part(run.deterministic) {
            if run.mode == CacheMode::Only {
                return Err(nothing_remembered("the result cache is switched off"));
            }
            let value = Arc::new(execute.await?);
            return Ok(Answer { value, origin: Origin::Bypassed });
        }
        let slot = (run.key, self.changes_of(run.device));
        if run.mode != CacheMode::Refresh
            && let Some(entry) = self.entries.get(&slot).await
        {
            return Ok(hit(entry));
        }
        match run.mode {
            CacheMode::Only => Err(nothing_remembered("no result of this execution is remembered")),
            // Others may go on sharing an older run; this one is to be newer than its request.
            CacheMode::Refresh => {
                let entry = self.lead(slot, run, execute).await?;
                Ok(Answer { value: entry.value, origin: Origin::Ran })
            }
            _ => self.share(slot, run, execute).await,
        }
    }

    /// A device changed in a way that no key tells: it was calibrated. What began before is worth nothing.
    pub fn device_changed(&self, device: &DeviceId) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        *changes.entry(device.clone()).or_default() += 1;
        drop(changes);
        let device = device.clone();
        // It fails only for a cache that was built without closures.
        let _ = self.entries.invalidate_entries_if(move |_, entry| entry.device == device);
    }

    /// Results remembered, and their size in bytes, about.
    pub async fn size(&self) -> (u64, u64) {
        self.entries.run_pending_tasks().await;
        (self.entries.entry_count(), self.entries.weighted_size())
    }

    async fn share(
        &self,
        slot: Slot,
        run: &Run<'_>,
        execute: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Answer<V>, Failure> {
        let fetch = async {
            // Between the look and the lead another run may have ended.
            match self.entries.get(&slot).await {
                Some(entry) => Ok((entry, Known::Before)),
                None => self.lead(slot, run, execute).await.map(|entry| (entry, Known::Now)),
            }
        };
        let (found, role) = self.flights.join_until(&slot, run.deadline, fetch).await;
        Ok(match (found?, role) {
            ((entry, Known::Before), _) => hit(entry),
            ((entry, Known::Now), Role::Led) => Answer { value: entry.value, origin: Origin::Ran },
            ((entry, Known::Now), Role::Followed) => Answer { value: entry.value, origin: Origin::Shared },
        })
    }

    /// Runs, and remembers what came of it.
    async fn lead(
        &self,
        slot: Slot,
        run: &Run<'_>,
        execute: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Entry<V>, Failure> {
        let value = Arc::new(execute.await?);
        let entry = Entry { value, at: Instant::now(), device: run.device.clone() };
        // Under the old count nobody would find it.
        if self.changes_of(run.device) == slot.1 {
            self.entries.insert(slot, entry.clone()).await;
        }
        Ok(entry)
    }

    fn changes_of(&self, device: &DeviceId) -> u64 {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.get(device).copied().unwrap_or_default()
    }
}

/// Whether a result was there already.
#[derive(Debug, Clone, Copy)]
enum Known {
    Before,
    Now,
}

fn hit<V>(entry: Entry<V>) -> Answer<V> {
    Answer { origin: Origin::Hit { age: entry.at.elapsed() }, value: entry.value }
}

fn nothing_remembered(why: &str) -> Failure {
    Failure::new(FailureKind::Precondition, why)
        .remedy("Send the request without `dm.cache=only` to have it run.")
}
