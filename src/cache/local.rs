//! The first level of the result cache: what this host remembers itself, by size and age.
//!
//! The invariant: after [`Local::device_changed`] nothing is found whose run began before it, not even what is
//! put in afterwards.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use moka::future::Cache;

use super::key::ResultKey;
use super::result::Weigh;
use crate::config::ResultCacheConfig;
use crate::model::DeviceId;

pub(super) struct Local<V> {
    entries: Cache<Slot, Entry<V>>,
    changes: Mutex<Changes>,
}

/// A key, and how often its device had changed when the run began.
pub(super) type Slot = (ResultKey, u64);

/// How often devices changed in a way that their keys do not tell.
#[derive(Default)]
struct Changes {
    of: HashMap<DeviceId, u64>,
    of_all: u64,
}

pub(super) struct Entry<V> {
    pub(super) value: Arc<V>,
    /// When it was made.
    pub(super) at: Instant,
    pub(super) device: DeviceId,
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        let Self { value, at, device } = self;
        Self { value: Arc::clone(value), at: *at, device: device.clone() }
    }
}

impl<V: Weigh + Send + Sync + 'static> Local<V> {
    pub(super) fn new(config: &ResultCacheConfig) -> Self {
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
        Self { entries, changes: Mutex::default() }
    }

    /// Where the result of a run is, or goes, that begins now.
    pub(super) fn slot(&self, key: ResultKey, device: &DeviceId) -> Slot {
        (key, self.changes_of(device))
    }

    pub(super) async fn get(&self, slot: &Slot) -> Option<Entry<V>> {
        self.entries.get(slot).await
    }

    /// Remembers a result, unless its device has changed since the run began: then nobody would find it.
    pub(super) async fn put(&self, slot: Slot, entry: Entry<V>) {
        if self.changes_of(&entry.device) == slot.1 {
            self.entries.insert(slot, entry).await;
        }
    }

    pub(super) fn device_changed(&self, device: &DeviceId) {
        *self.changes().of.entry(device.clone()).or_default() += 1;
        let device = device.clone();
        // It fails only for a cache that was built without closures.
        let _ = self.entries.invalidate_entries_if(move |_, entry| entry.device == device);
    }

    pub(super) fn everything_changed(&self) {
        self.changes().of_all += 1;
        self.entries.invalidate_all();
    }

    /// Results remembered, and their size in bytes, about.
    pub(super) async fn size(&self) -> (u64, u64) {
        self.entries.run_pending_tasks().await;
        (self.entries.entry_count(), self.entries.weighted_size())
    }

    fn changes_of(&self, device: &DeviceId) -> u64 {
        let changes = self.changes();
        changes.of_all + changes.of.get(device).copied().unwrap_or_default()
    }

    fn changes(&self) -> std::sync::MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
