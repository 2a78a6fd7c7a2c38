//! Circuits that were read before: parsed, checked, lowered, with their parameters bound.
//!
//! Invariants: a circuit from memory cannot be told from one that was just read, since its key is the payload
//! itself and every value that was bound into it; what was refused is never kept; of those who bring the same
//! circuit at the same time one has it read and all share.

use std::sync::Arc;
use std::time::Instant;

use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use super::flight::{Flights, Role};
use super::result::Weigh;
use crate::config::CircuitCacheConfig;
use crate::model::Failure;

/// SHA-256 of a payload, its format, and the values bound into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CircuitKey([u8; 32]);

impl CircuitKey {
    /// The key of a payload; `bindings` names all values that are bound. Each part is preceded by its length,
    /// so that no two lists run together.
    pub fn of(format: &str, payload: &[u8], bindings: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [format.as_bytes(), payload, bindings.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// Remembered circuits.
pub struct CircuitCache<V> {
    enabled: bool,
    max_payload: u64,
    entries: Cache<CircuitKey, Arc<V>>,
    flights: Flights<CircuitKey, Result<Arc<V>, Failure>>,
}

/// Where a circuit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadBy {
    /// It was read for this request.
    This,
    /// It was read for another one, before or at the same time.
    Another,
}

impl ReadBy {
    /// A stable name for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::This => "miss",
            Self::Another => "hit",
        }
    }
}

impl<V: Weigh + Send + Sync + 'static> CircuitCache<V> {
    /// An empty cache within these bounds.
    pub fn new(config: &CircuitCacheConfig) -> Self {
        let entries = Cache::builder()
            .name("circuits")
            .max_capacity(config.max_size.bytes())
            .time_to_live(config.ttl)
            .weigher(|_, circuit: &Arc<V>| u32::try_from(circuit.weight()).unwrap_or(u32::MAX))
            .build();
        let max_payload = config.max_payload.bytes();
        Self { enabled: config.enabled, max_payload, entries, flights: Flights::default() }
    }

    /// Whether a payload of this size takes part: the key of a large one takes as long as other calls do.
    pub fn takes(&self, payload: usize) -> bool {
        self.enabled && payload as u64 <= self.max_payload
    }

    /// Circuits remembered, and their size in bytes, about.
    pub async fn size(&self) -> (u64, u64) {
        self.entries.run_pending_tasks().await;
        (self.entries.entry_count(), self.entries.weighted_size())
    }

    /// The circuit under this key, remembered or read. Whoever waits for another's reading does so until
    /// `deadline`.
    ///
    /// # Errors
    /// What `read` says, or [`FailureKind::Timeout`](crate::model::FailureKind::Timeout).
    pub async fn get_or_read(
        &self,
        key: CircuitKey,
        deadline: Instant,
        read: impl Future<Output = Result<V, Failure>>,
    ) -> Result<(Arc<V>, ReadBy), Failure> {
        if let Some(known) = self.entries.get(&key).await {
            return Ok((known, ReadBy::Another));
        }
        let fetch = async {
            let circuit = Arc::new(read.await?);
            self.entries.insert(key, Arc::clone(&circuit)).await;
            Ok(circuit)
        };
        let (circuit, role) = self.flights.join_until(&key, deadline, fetch).await;
        Ok((circuit?, if role == Role::Led { ReadBy::This } else { ReadBy::Another }))
    }
}
