//! Of those who want the same thing at the same time, one fetches it and all share what comes of it.
//!
//! Invariants: at any moment at most one fetch is under way for a key; a leader that is dropped before it
//! has landed (its caller hung up) is followed by one of those who wait; nothing is remembered of a key
//! once its flight has landed. `moka` has such a thing, but gives up, by a panic, on who has seen 200
//! leaders go: a storm of callers that hang up would do that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use crate::model::{Failure, FailureKind};

/// Who fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This caller did.
    Led,
    /// Another one did, and shared.
    Followed,
}

/// Fetches under way, by key.
pub struct Flights<K, T> {
    under_way: Arc<Mutex<UnderWay<K, T>>>,
}

type UnderWay<K, T> = HashMap<K, watch::Receiver<Option<T>>>;

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

impl<K: Hash + Eq + Clone, T: Clone> Flights<K, T> {
    /// Fetches, or waits for who is fetching already. `fetch` runs at most once, and not at all where another
    /// caller's did.
    pub async fn join(&self, key: &K, fetch: impl Future<Output = T>) -> (T, Role) {
        loop {
            let mut landing = match self.board(key) {
                Seat::Leader(leader) => {
                    let found = fetch.await;
                    leader.land(found.clone());
                    return (found, Role::Led);
                }
                Seat::Follower(landing) => landing,
            };
            // An error means that the leader is gone without having landed: somebody else must.
            if let Ok(found) = landing.wait_for(Option::is_some).await
                && let Some(found) = found.as_ref()
            {
                return (found.clone(), Role::Followed);
            }
        }
    }

    /// Fetches under way.
    pub fn len(&self) -> usize {
        lock(&self.under_way).len()
    }

    /// Whether nobody is fetching anything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn board(&self, key: &K) -> Seat<K, T> {
        match lock(&self.under_way).entry(key.clone()) {
            Entry::Occupied(flight) => Seat::Follower(flight.get().clone()),
            Entry::Vacant(free) => {
                let (landing, watch) = watch::channel(None);
                free.insert(watch);
                let under_way = Arc::clone(&self.under_way);
                Seat::Leader(Leader { key: key.clone(), landing, under_way })
            }
        }
    }
}

impl<K: Hash + Eq + Clone, T: Clone> Flights<K, Result<T, Failure>> {
    /// As [`Flights::join`], for what may fail. Whoever waits does so until `deadline` and no longer, and
    /// what went wrong for the leader alone (its deadline, its quota) goes wrong for nobody else: then the
    /// next one fetches. The leader's own fetch is never cut off here.
    pub async fn join_until(
        &self,
        key: &K,
        deadline: Instant,
        fetch: impl Future<Output = Result<T, Failure>>,
    ) -> (Result<T, Failure>, Role) {
        let mut fetch = std::pin::pin!(fetch);
        loop {
            let leads = AtomicBool::new(false);
            let join = self.join(key, async {
                leads.store(true, Ordering::Relaxed);
                fetch.as_mut().await
            });
            let mut join = std::pin::pin!(join);
            let joined = match tokio::time::timeout_at(deadline.into(), &mut join).await {
                Ok(joined) => joined,
                Err(_) if leads.load(Ordering::Relaxed) => join.await,
                Err(_) => (Err(waited_too_long()), Role::Followed),
            };
            match joined {
                (Err(failure), Role::Followed) if Instant::now() < deadline && is_ones_own(failure.kind) => {}
                joined => return joined,
            }
        }
    }
}

/// Whether a failure comes of who asked, rather than of what was asked for.
fn is_ones_own(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Timeout | FailureKind::Quota | FailureKind::Capacity | FailureKind::Aborted)
}

fn waited_too_long() -> Failure {
    let text = "the deadline passed while the same was under way for another request";
    Failure::new(FailureKind::Timeout, text)
}

enum Seat<K: Hash + Eq, T> {
    Leader(Leader<K, T>),
    Follower(watch::Receiver<Option<T>>),
}

/// The one who fetches; its key is free again when it is dropped, landed or not.
struct Leader<K: Hash + Eq, T> {
    key: K,
    landing: watch::Sender<Option<T>>,
    under_way: Arc<Mutex<UnderWay<K, T>>>,
}

impl<K: Hash + Eq, T> Leader<K, T> {
    fn land(&self, found: T) {
        self.landing.send_replace(Some(found));
    }
}

impl<K: Hash + Eq, T> Drop for Leader<K, T> {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
