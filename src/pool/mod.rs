//! Connections of one driver generation, lent out one call at a time.
//!
//! Generic over the `driver` seam. Invariants: never more than `size` connections exist, since each holds a
//! slot for as long as it lives; never more than `size` are in use, since each use holds a place; waiters
//! are served first come, first served; a connection that gives any cause for doubt is dropped, never lent
//! again. Idle ones go after `idle_timeout`, all go at `max_lifetime`, and a keeper sees to both.

mod bounds;
mod keeper;
mod lease;
mod shelf;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

pub use bounds::Bounds;
pub use lease::Lease;

use crate::driver::{Call, Connection, Driver, Reuse};
use crate::model::{DriverName, Failure, FailureKind};
use crate::telemetry::Telemetry;
use crate::telemetry::events;
use crate::telemetry::metrics::{ConnectionGauge, ConnectionState};
use shelf::{Idle, Shelf};

/// The connections of one generation.
pub struct Pool {
    driver: Arc<dyn Driver>,
    name: DriverName,
    bounds: Bounds,
    /// One for each connection in use.
    places: Arc<Semaphore>,
    /// One for each connection that exists.
    slots: Arc<Semaphore>,
    shelf: Mutex<Shelf<Member>>,
    /// Too few connections lie ready.
    wake: Arc<Notify>,
    telemetry: Telemetry,
}

/// A connection that exists, wherever it is. Its parts go in this order: it is gone before it is counted
/// as gone, and only then may another one exist.
struct Member {
    connection: Box<dyn Connection>,
    gauge: ConnectionGauge,
    born: Instant,
    _slot: OwnedSemaphorePermit,
}

/// How many connections a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Serving a call, or being opened for one.
    pub active: usize,
    /// Waiting for a call.
    pub idle: usize,
    /// The most there may be.
    pub size: usize,
}

impl Pool {
    /// An empty pool; must be called within a tokio runtime, where idle connections are looked after.
    pub fn new(driver: Arc<dyn Driver>, bounds: Bounds, telemetry: Telemetry) -> Arc<Self> {
        let pool = Arc::new(Self {
            name: driver.name().clone(),
            driver,
            bounds,
            places: Arc::new(Semaphore::new(bounds.size)),
            slots: Arc::new(Semaphore::new(bounds.size)),
            shelf: Mutex::default(),
            wake: Arc::default(),
            telemetry,
        });
        tokio::spawn(keeper::keep(Arc::downgrade(&pool), bounds, Arc::clone(&pool.wake)));
        pool
    }

    /// An empty pool of the same driver within the same bounds.
    pub fn renewed(&self) -> Arc<Self> {
        Self::new(Arc::clone(&self.driver), self.bounds, self.telemetry.clone())
    }

    /// The driver whose connections these are.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        &self.driver
    }

    /// How many connections there are now.
    pub fn usage(&self) -> Usage {
        let size = self.bounds.size;
        let active = size.saturating_sub(self.places.available_permits());
        Usage { active, idle: self.shelf().len(), size }
    }

    /// Ends all idle connections and lends no more: the generation is out of service.
    pub fn close(&self) {
        let idle = {
            let mut shelf = self.shelf();
            self.places.close();
            shelf.clear()
        };
        for member in idle {
            self.end(member, "retired");
        }
        self.wake.notify_one();
    }

    /// Borrows a connection, opening one if none is idle; waits its turn if all are lent.
    pub async fn lease(self: &Arc<Self>, call: Call) -> Result<Lease, Failure> {
        let patience = Instant::now() + self.bounds.acquire_timeout;
        let until = patience.min(call.deadline);
        let places = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout_at(until.into(), places).await {
            Ok(Ok(place)) => self.fill(place, call).await,
            Ok(Err(_closed)) => Err(self.closed()),
            Err(_) if patience <= call.deadline => Err(self.exhausted()),
            Err(_) => Err(self.waited_too_long()),
        }
    }

    /// Borrows a connection if one can be had without waiting for another call.
    pub async fn try_lease(self: &Arc<Self>, call: Call) -> Option<Result<Lease, Failure>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(self.fill(place, call).await)
    }

    /// Borrows a connection that lies idle; opens none.
    pub fn try_idle(self: &Arc<Self>) -> Option<Lease> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Lease::new(self.take_up()?, Arc::clone(self), place))
    }

    async fn fill(self: &Arc<Self>, place: OwnedSemaphorePermit, call: Call) -> Result<Lease, Failure> {
        let member = if let Some(member) = self.take_up() {
            member
        } else {
            // There is one for every place, or there will be once a connection that is being ended is gone.
            let slot = Arc::clone(&self.slots).acquire_owned();
            match tokio::time::timeout_at(call.deadline.into(), slot).await {
                Ok(Ok(slot)) => self.open(slot, call).await?,
                Ok(Err(_)) | Err(_) => return Err(self.waited_too_long()),
            }
        };
        Ok(Lease::new(member, Arc::clone(self), place))
    }

    /// An idle connection that is not too old, counted as active.
    fn take_up(&self) -> Option<Member> {
        loop {
            let (idle, left) = {
                let mut shelf = self.shelf();
                (shelf.take(), shelf.len())
            };
            if left < self.bounds.min_idle {
                self.wake.notify_one();
            }
            let mut member = idle?.item;
            // A worker may have died while its connections lay idle.
            let why = match member.connection.reuse() {
                Reuse::Condemned => "condemned",
                _ if self.is_aged(&member) => "aged",
                _ => {
                    member.gauge.set(ConnectionState::Active);
                    return Some(member);
                }
            };
            self.end(member, why);
        }
    }

    async fn open(&self, slot: OwnedSemaphorePermit, call: Call) -> Result<Member, Failure> {
        let deadline = call.deadline.min(Instant::now() + self.bounds.initialize_timeout);
        let mut failure = match self.driver.connect(Call { deadline }).await {
            Ok(connection) => {
                self.telemetry.emit(events::ConnectionCreated { driver: self.name.as_str() });
                let gauge = self.telemetry.metrics().connection(self.name.as_str(), ConnectionState::Active);
                return Ok(Member { connection, gauge, born: Instant::now(), _slot: slot });
            }
            Err(failure) => failure,
        };
        self.telemetry.emit(events::ConnectionFailed {
            driver: self.name.as_str(),
            error_type: error_type(failure.kind),
            cause: &failure.to_string(),
        });
        if failure.kind == FailureKind::Timeout && deadline < call.deadline {
            failure.remediation = format!(
                "Ask the operator to raise `drivers.{}.limits.initialize_timeout` or to mend the driver.",
                self.name
            );
        }
        Err(failure)
    }

    fn give_back(&self, member: Member) {
        let now = Instant::now();
        match member.connection.reuse() {
            Reuse::Keep if self.is_aged(&member) => self.end(member, "aged"),
            Reuse::Keep => self.lay_down(Idle { born: member.born, item: member, used: now, proven: now }),
            Reuse::Retire(why) => self.end(member, why),
            Reuse::Condemned => self.end(member, "condemned"),
        }
    }

    /// Counts a connection as idle, unless the pool was closed meanwhile.
    fn lay_down(&self, mut idle: Idle<Member>) {
        let refused = {
            let mut shelf = self.shelf();
            if self.is_closed() {
                Some(idle)
            } else {
                idle.item.gauge.set(ConnectionState::Idle);
                shelf.put(idle);
                None
            }
        };
        if let Some(idle) = refused {
            self.end(idle.item, "retired");
        }
    }

    fn end(&self, member: Member, why: &'static str) {
        drop(member);
        self.telemetry.emit(events::ConnectionClosed { driver: self.name.as_str(), why });
    }

    fn is_aged(&self, member: &Member) -> bool {
        member.born.elapsed() >= self.bounds.max_lifetime
    }

    fn is_closed(&self) -> bool {
        self.places.is_closed()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Member>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exhausted(&self) -> Failure {
        let Bounds { size, acquire_timeout, .. } = self.bounds;
        self.telemetry.metrics().budget_refused(self.name.as_str(), "instances", 1);
        let text =
            format!("all {size} instances of driver `{}` were busy for {acquire_timeout:?}", self.name);
        Failure::new(FailureKind::Capacity, text).remedy(format!(
            "Send the request again, or ask the operator to raise `drivers.{}.limits.instances`.",
            self.name
        ))
    }

    fn waited_too_long(&self) -> Failure {
        let name = &self.name;
        let text = format!("the deadline passed while waiting for a free instance of driver `{name}`");
        Failure::new(FailureKind::Timeout, text)
    }

    fn closed(&self) -> Failure {
        Failure::new(FailureKind::Aborted, format!("driver `{}` was taken out of service", self.name))
    }
}

fn error_type(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Timeout => "timeout",
        FailureKind::Capacity => "limit",
        FailureKind::Internal => "trap",
        FailureKind::Unauthenticated | FailureKind::PermissionDenied => "auth",
        FailureKind::Unavailable => "unavailable",
        _ => "refused",
    }
}
