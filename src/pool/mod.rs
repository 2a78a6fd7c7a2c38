//! Connections of one driver generation, lent out one call at a time.
//!
//! Generic over the `driver` seam. Invariants: never more than `size` connections exist; waiters
//! are served first come, first served; a connection that gives any cause for doubt is dropped,
//! never lent again; idle ones go after `idle_timeout`.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::DriverLimits;
use crate::driver::{Call, Connection, Driver, Reuse};
use crate::model::{DriverName, Failure, FailureKind};
use crate::telemetry::Telemetry;
use crate::telemetry::events;
use crate::telemetry::metrics::{ConnectionGauge, ConnectionState};

/// How many connections, and how long anybody waits.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections.
    pub size: usize,
    /// How long a connection may lie idle.
    pub idle_timeout: Duration,
    /// How long a call waits for a connection.
    pub acquire_timeout: Duration,
    /// How long a new connection may take to open.
    pub initialize_timeout: Duration,
}

impl From<&DriverLimits> for Bounds {
    fn from(limits: &DriverLimits) -> Self {
        Self {
            size: limits.instances,
            idle_timeout: limits.idle_timeout,
            acquire_timeout: limits.acquire_timeout,
            initialize_timeout: limits.initialize_timeout,
        }
    }
}

/// The connections of one generation.
pub struct Pool {
    driver: Arc<dyn Driver>,
    name: DriverName,
    bounds: Bounds,
    places: Arc<Semaphore>,
    /// The most recently used is last, so that the others can grow old.
    idle: Mutex<Vec<Idle>>,
    telemetry: Telemetry,
}

struct Idle {
    connection: Box<dyn Connection>,
    since: Instant,
    gauge: ConnectionGauge,
}

impl Pool {
    /// An empty pool; must be called within a tokio runtime, where idle connections are swept.
    pub fn new(driver: Arc<dyn Driver>, bounds: Bounds, telemetry: Telemetry) -> Arc<Self> {
        let pool = Arc::new(Self {
            name: driver.name().clone(),
            driver,
            bounds,
            places: Arc::new(Semaphore::new(bounds.size)),
            idle: Mutex::default(),
            telemetry,
        });
        tokio::spawn(sweep(Arc::downgrade(&pool), bounds.idle_timeout));
        pool
    }

    /// The driver whose connections these are.
    pub fn driver(&self) -> &Arc<dyn Driver> {
        &self.driver
    }

    /// An empty pool of the same driver within the same bounds.
    pub fn renewed(&self) -> Arc<Self> {
        Self::new(Arc::clone(&self.driver), self.bounds, self.telemetry.clone())
    }

    /// Ends all idle connections and lends no more: the generation is out of service.
    pub fn close(&self) {
        self.places.close();
        let idle = std::mem::take(&mut *self.idle());
        for _ in idle {
            self.closed_event("retired");
        }
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
            Err(_) => Err(Failure::new(
                FailureKind::Timeout,
                format!("the deadline passed while waiting for a free instance of driver `{}`", self.name),
            )),
        }
    }

    /// Borrows a connection if one can be had without waiting for another call.
    pub async fn try_lease(self: &Arc<Self>, call: Call) -> Option<Result<Lease, Failure>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(self.fill(place, call).await)
    }

    async fn fill(self: &Arc<Self>, place: OwnedSemaphorePermit, call: Call) -> Result<Lease, Failure> {
        let idle = self.idle().pop();
        let (connection, gauge) = match idle {
            Some(Idle { connection, mut gauge, .. }) => {
                gauge.set(ConnectionState::Active);
                (connection, gauge)
            }
            None => self.open(call).await?,
        };
        Ok(Lease { connection: Some((connection, gauge)), pool: Arc::clone(self), _place: place })
    }

    async fn open(&self, call: Call) -> Result<(Box<dyn Connection>, ConnectionGauge), Failure> {
        let deadline = call.deadline.min(Instant::now() + self.bounds.initialize_timeout);
        match self.driver.connect(Call { deadline }).await {
            Ok(connection) => {
                self.telemetry.emit(events::ConnectionCreated { driver: self.name.as_str() });
                let gauge = self.telemetry.metrics().connection(self.name.as_str(), ConnectionState::Active);
                Ok((connection, gauge))
            }
            Err(mut failure) => {
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
        }
    }

    fn give_back(&self, connection: Box<dyn Connection>, mut gauge: ConnectionGauge) {
        match connection.reuse() {
            Reuse::Keep => {
                gauge.set(ConnectionState::Idle);
                let mut idle = self.idle();
                // Looked at under the lock: whatever is pushed before a close is ended by it.
                if self.places.is_closed() {
                    drop(idle);
                    self.closed_event("retired");
                } else {
                    idle.push(Idle { connection, since: Instant::now(), gauge });
                }
            }
            Reuse::Retire(why) => self.closed_event(why),
            Reuse::Condemned => self.closed_event("condemned"),
        }
    }

    fn closed_event(&self, why: &'static str) {
        self.telemetry.emit(events::ConnectionClosed { driver: self.name.as_str(), why });
    }

    fn drop_idle_since(&self, before: Instant) {
        let old: Vec<Idle> = {
            let mut idle = self.idle();
            let fresh = idle.iter().position(|entry| entry.since > before).unwrap_or(idle.len());
            idle.drain(..fresh).collect()
        };
        for _ in old {
            self.closed_event("idle");
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exhausted(&self) -> Failure {
        Failure::new(
            FailureKind::Capacity,
            format!(
                "all {} instances of driver `{}` were busy for {:?}",
                self.bounds.size, self.name, self.bounds.acquire_timeout
            ),
        )
        .remedy(format!(
            "Send the request again, or ask the operator to raise `drivers.{}.limits.instances`.",
            self.name
        ))
    }

    fn closed(&self) -> Failure {
        Failure::new(FailureKind::Aborted, format!("driver `{}` was taken out of service", self.name))
    }
}

impl Lease {
    /// Ends the connection instead of giving it back: something about its answer is not to be trusted.
    pub fn condemn(mut self) {
        if self.connection.take().is_some() {
            self.pool.closed_event("condemned");
        }
    }
}

/// A connection on loan; dropping it gives it back or, on any doubt, ends it.
pub struct Lease {
    connection: Option<(Box<dyn Connection>, ConnectionGauge)>,
    pool: Arc<Pool>,
    _place: OwnedSemaphorePermit,
}

impl Deref for Lease {
    type Target = dyn Connection;

    fn deref(&self) -> &Self::Target {
        #[expect(clippy::expect_used, reason = "taken only by drop")]
        self.connection.as_ref().expect("a lease holds its connection").0.as_ref()
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Self::Target {
        #[expect(clippy::expect_used, reason = "taken only by drop")]
        self.connection.as_mut().expect("a lease holds its connection").0.as_mut()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((connection, gauge)) = self.connection.take() {
            self.pool.give_back(connection, gauge);
        }
    }
}

/// Ends connections that lay idle too long, for as long as the pool lives.
async fn sweep(pool: Weak<Pool>, idle_timeout: Duration) {
    let mut ticks = tokio::time::interval((idle_timeout / 2).max(Duration::from_millis(100)));
    loop {
        ticks.tick().await;
        let Some(pool) = pool.upgrade() else { return };
        if let Some(before) = Instant::now().checked_sub(idle_timeout) {
            pool.drop_idle_since(before);
        }
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
