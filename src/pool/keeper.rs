//! Looks after the idle connections: closes those whose time is over, asks the others whether they can
//! still work, and opens as many as are to be kept ready.
//!
//! The invariant: it works like any other caller. Whatever connection it has in hand, it holds a place for
//! it, and where all places are taken it does nothing.

use std::sync::{Arc, Weak};
use std::time::Instant;

use tokio::sync::{Notify, Semaphore};
use tokio::time::MissedTickBehavior;

use super::shelf::Idle;
use super::{Bounds, Member, Pool};
use crate::driver::{Call, Reuse};
use crate::telemetry::metrics::ConnectionState;

/// Runs for as long as the pool lives and is open; `wake` says that too few connections are ready.
pub(super) async fn keep(pool: Weak<Pool>, bounds: Bounds, wake: Arc<Notify>) {
    let mut ticks = tokio::time::interval(bounds.tick());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // A driver that cannot be opened is tried again at the next tick, not at every call.
            () = wake.notified(), if !failed => {}
        }
        let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else { return };
        pool.end_expired();
        pool.ask_idle().await;
        failed = pool.warm_up().await.is_err();
    }
}

/// A connection could not be opened; the event was emitted.
struct NotOpened;

impl Pool {
    fn end_expired(&self) {
        let expired = self.shelf().take_expired(Instant::now(), &self.bounds);
        for member in expired.aged {
            self.end(member, "aged");
        }
        for member in expired.unused {
            self.end(member, "idle");
        }
    }

    /// Asks each idle connection whose turn it is; one after the other, so that one place is enough.
    async fn ask_idle(&self) {
        while self.shelf().has_unproven(Instant::now(), &self.bounds) {
            let Ok(_place) = self.places.try_acquire() else { return };
            let due = self.shelf().take_unproven(Instant::now(), &self.bounds);
            let Some(Idle { mut item, born, used, .. }) = due else { return };
            item.gauge.set(ConnectionState::Active);
            if !self.can_work(&mut item).await {
                self.end(item, "unhealthy");
                continue;
            }
            self.lay_down(Idle { item, born, used, proven: Instant::now() });
        }
    }

    async fn can_work(&self, member: &mut Member) -> bool {
        let deadline = Instant::now() + self.bounds.initialize_timeout;
        let health = tokio::time::timeout_at(deadline.into(), member.connection.health(Call { deadline }));
        let ready = matches!(health.await, Ok(Ok(health)) if health.ready);
        ready && member.connection.reuse() == Reuse::Keep
    }

    /// Opens connections until enough lie ready.
    async fn warm_up(&self) -> Result<(), NotOpened> {
        while self.shelf().len() < self.bounds.min_idle {
            let Ok(_place) = self.places.try_acquire() else { return Ok(()) };
            let Ok(slot) = Semaphore::try_acquire_owned(Arc::clone(&self.slots)) else { return Ok(()) };
            let deadline = Instant::now() + self.bounds.initialize_timeout;
            let member = self.open(slot, Call { deadline }).await.map_err(|_| NotOpened)?;
            let now = Instant::now();
            self.lay_down(Idle { born: member.born, item: member, used: now, proven: now });
        }
        Ok(())
    }
}
