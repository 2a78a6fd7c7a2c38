//! Results of executions, kept by size and age, here and perhaps on a level that other hosts share.
//!
//! Invariants: a failure is never kept; of identical requests at one time one runs and the others share,
//! but no one fails of another's deadline, and no one waits beyond its own; after
//! [`ResultCache::device_changed`] nothing that began before it is found again.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::flight::{Flights, Role};
use super::key::ResultKey;
use super::local::{Entry, Local, Slot};
use super::mode::CacheMode;
use super::shared::{Changed, Kept, Portable, Shared};
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
        /// It came from the level that hosts share.
        shared: bool,
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
    local: Arc<Local<V>>,
    shared: Option<Arc<dyn Shared>>,
    flights: Flights<Slot, Result<(Entry<V>, Known), Failure>>,
}

impl<V: Weigh + Portable + Send + Sync + 'static> ResultCache<V> {
    /// An empty cache within these bounds, before a level that hosts share, if there is one. With one it must
    /// be made within a tokio runtime, where it listens to the others.
    pub fn new(config: &ResultCacheConfig, shared: Option<Arc<dyn Shared>>) -> Self {
        let local = Arc::new(Local::new(config));
        if let Some(shared) = &shared {
            tokio::spawn(listen(Arc::clone(shared), Arc::downgrade(&local)));
        }
        Self { enabled: config.enabled, local, shared, flights: Flights::default() }
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
        let slot = self.local.slot(run.key, run.device);
        if run.mode != CacheMode::Refresh
            && let Some(entry) = self.local.get(&slot).await
        {
            return Ok(hit(entry, false));
        }
        match run.mode {
            CacheMode::Only => {
                let (entry, _) = self.look(slot, run).await;
                let nothing = || nothing_remembered("no result of this execution is remembered");
                entry.map(|entry| hit(entry, true)).ok_or_else(nothing)
            }
            // Others may go on sharing an older run; this one is to be newer than its request.
            CacheMode::Refresh => {
                let epoch = self.look(slot, run).await.1;
                let entry = self.lead(slot, run, epoch, execute).await?;
                Ok(Answer { value: entry.value, origin: Origin::Ran })
            }
            _ => self.share(slot, run, execute).await,
        }
    }

    /// A device changed in a way that no key tells: it was calibrated. What began before is worth nothing.
    pub fn device_changed(&self, device: &DeviceId) {
        self.local.device_changed(device);
        if let Some(shared) = &self.shared {
            shared.device_changed(device);
        }
    }

    /// Results that this host remembers, and their size in bytes, about.
    pub async fn size(&self) -> (u64, u64) {
        self.local.size().await
    }

    async fn share(
        &self,
        slot: Slot,
        run: &Run<'_>,
        execute: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Answer<V>, Failure> {
        let fetch = async {
            // Between the look and the lead another run may have ended.
            if let Some(entry) = self.local.get(&slot).await {
                return Ok((entry, Known::Here));
            }
            match self.look(slot, run).await {
                (Some(entry), _) => Ok((entry, Known::Elsewhere)),
                (None, epoch) => self.lead(slot, run, epoch, execute).await.map(|entry| (entry, Known::Now)),
            }
        };
        let (found, role) = self.flights.join_until(&slot, run.deadline, fetch).await;
        Ok(match (found?, role) {
            ((entry, Known::Here), _) => hit(entry, false),
            ((entry, Known::Elsewhere), _) => hit(entry, true),
            ((entry, Known::Now), Role::Led) => Answer { value: entry.value, origin: Origin::Ran },
            ((entry, Known::Now), Role::Followed) => Answer { value: entry.value, origin: Origin::Shared },
        })
    }

    /// Runs, and remembers what came of it.
    async fn lead(
        &self,
        slot: Slot,
        run: &Run<'_>,
        epoch: Option<u64>,
        execute: impl Future<Output = Result<V, Failure>>,
    ) -> Result<Entry<V>, Failure> {
        let value = Arc::new(execute.await?);
        if let (Some(shared), Some(epoch)) = (&self.shared, epoch)
            && let Some(bytes) = value.to_bytes()
        {
            shared.keep(&run.key, run.device, epoch, Kept { made: SystemTime::now(), bytes });
        }
        let entry = Entry { value, at: Instant::now(), device: run.device.clone() };
        self.local.put(slot, entry.clone()).await;
        Ok(entry)
    }

    /// Looks at the level that hosts share, and remembers here what is found there.
    async fn look(&self, slot: Slot, run: &Run<'_>) -> (Option<Entry<V>>, Option<u64>) {
        let Some(shared) = &self.shared else { return (None, None) };
        let look = shared.look(&run.key, run.device).await;
        let read = |kept: Kept| {
            let age = kept.made.elapsed().unwrap_or_default();
            let at = Instant::now().checked_sub(age)?;
            Some(Entry { value: Arc::new(V::from_bytes(&kept.bytes)?), at, device: run.device.clone() })
        };
        let entry = look.found.and_then(read);
        if let Some(entry) = &entry {
            self.local.put(slot, entry.clone()).await;
        }
        (entry, look.epoch)
    }
}

/// Forgets what changed on other hosts, as long as the cache lives.
async fn listen<V: Weigh + Send + Sync + 'static>(shared: Arc<dyn Shared>, local: std::sync::Weak<Local<V>>) {
    loop {
        let changed = shared.changed_elsewhere().await;
        let Some(local) = local.upgrade() else { return };
        match changed {
            Changed::Device(device) => local.device_changed(&device),
            Changed::Anything => local.everything_changed(),
        }
    }
}

/// Whether a result was there already.
#[derive(Debug, Clone, Copy)]
enum Known {
    Here,
    Elsewhere,
    Now,
}

fn hit<V>(entry: Entry<V>, shared: bool) -> Answer<V> {
    Answer { origin: Origin::Hit { age: entry.at.elapsed(), shared }, value: entry.value }
}

fn nothing_remembered(why: &str) -> Failure {
    Failure::new(FailureKind::Precondition, why)
        .remedy("Send the request without `dm.cache=only` to have it run.")
}
