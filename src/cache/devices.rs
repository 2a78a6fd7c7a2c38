//! What drivers said of their devices: fresh for a moment, and marked as stale where nothing fresher is to
//! be had.
//!
//! Invariants: an answer younger than its time to live is given at once; an older one is replaced by one
//! fetch, shared by all who wait for it; only when that fails does the older one stand in, with the reason,
//! for `max_stale` at most. After [`DeviceCache::forget_device`] no answer to a question asked before it is
//! given; what one generation of a driver said is never taken for the word of another.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use moka::future::Cache;

use super::flight::Flights;
use crate::config::DeviceCacheConfig;
use crate::model::{Device, DeviceId, DeviceState, DriverName, Failure, Generation};

/// Something a driver said, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<T> {
    /// What it said.
    pub value: T,
    /// When the host heard it.
    pub as_of: SystemTime,
    /// How long ago that is.
    pub age: Duration,
    /// Why nothing newer is to be had; `None` for what is fresh.
    pub stale: Option<String>,
}

/// Who said it.
type Owner = (DriverName, Generation);

/// Lists and states of devices.
pub struct DeviceCache {
    lists: Memory<Owner, Arc<Vec<Device>>>,
    states: Memory<(Owner, DeviceId), DeviceState>,
}

impl DeviceCache {
    /// An empty cache within these bounds.
    pub fn new(config: &DeviceCacheConfig) -> Self {
        let memory = (config.max_stale, u64::from(config.max_devices));
        Self { lists: Memory::new(config.list_ttl, memory), states: Memory::new(config.state_ttl, memory) }
    }

    /// The devices of a generation of a driver; `fetch` asks the driver. Whoever waits for another's fetch does so until
    /// `deadline`.
    ///
    /// # Errors
    /// What `fetch` says, where nothing is remembered that could stand in.
    pub async fn list(
        &self,
        owner: &(DriverName, Generation),
        deadline: Instant,
        fetch: impl Future<Output = Result<Arc<Vec<Device>>, Failure>>,
    ) -> Result<Seen<Arc<Vec<Device>>>, Failure> {
        self.lists.get(owner, deadline, fetch).await
    }

    /// The state of a device; as [`DeviceCache::list`].
    ///
    /// # Errors
    /// As [`DeviceCache::list`].
    pub async fn state(
        &self,
        owner: &(DriverName, Generation),
        device: &DeviceId,
        deadline: Instant,
        fetch: impl Future<Output = Result<DeviceState, Failure>>,
    ) -> Result<Seen<DeviceState>, Failure> {
        self.states.get(&(owner.clone(), device.clone()), deadline, fetch).await
    }

    /// A device changed, such as by a calibration: its state, and the list it stands in, count no longer.
    pub async fn forget_device(&self, owner: &(DriverName, Generation), device: &DeviceId) {
        self.lists.forget(owner).await;
        self.states.forget(&(owner.clone(), device.clone())).await;
    }
}

/// One kind of answers, by whom they are about.
struct Memory<K, T> {
    ttl: Duration,
    entries: Cache<K, Known<T>>,
    flights: Flights<K, Result<Known<T>, Failure>>,
    /// Counts what was forgotten, so that answers to older questions are recognised.
    forgotten: AtomicU64,
}

#[derive(Clone)]
struct Known<T> {
    value: T,
    at: Instant,
    as_of: SystemTime,
}

impl<K, T> Memory<K, T>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    fn new(ttl: Duration, (max_stale, most): (Duration, u64)) -> Self {
        let entries = Cache::builder().max_capacity(most).time_to_live(max_stale.max(ttl)).build();
        Self { ttl, entries, flights: Flights::default(), forgotten: AtomicU64::new(0) }
    }

    async fn get(
        &self,
        key: &K,
        deadline: Instant,
        fetch: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Seen<T>, Failure> {
        if let Some(known) = self.fresh(key).await {
            return Ok(known.seen(None));
        }
        let ask = async {
            // Between the look and the lead another fetch may have ended.
            if let Some(known) = self.fresh(key).await {
                return Ok(known);
            }
            let before = self.forgotten.load(Ordering::Acquire);
            let known = Known { value: fetch.await?, at: Instant::now(), as_of: SystemTime::now() };
            if self.forgotten.load(Ordering::Acquire) == before {
                self.entries.insert(key.clone(), known.clone()).await;
            }
            Ok(known)
        };
        match self.flights.join_until(key, deadline, ask).await.0 {
            Ok(known) => Ok(known.seen(None)),
            Err(failure) => match self.entries.get(key).await {
                Some(known) => Ok(known.seen(Some(failure.message))),
                None => Err(failure),
            },
        }
    }

    async fn fresh(&self, key: &K) -> Option<Known<T>> {
        self.entries.get(key).await.filter(|known| known.at.elapsed() < self.ttl)
    }

    async fn forget(&self, key: &K) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.entries.invalidate(key).await;
    }
}

impl<T> Known<T> {
    fn seen(self, stale: Option<String>) -> Seen<T> {
        Seen { value: self.value, as_of: self.as_of, age: self.at.elapsed(), stale }
    }
}
