//! The breakers of all drivers and devices.
//!
//! Owns which breakers exist: one for every driver and device that was ever called, until
//! [`Breakers::retain`] forgets those that are gone. The invariant: a call holds a pass of its driver and of
//! its device, or of neither; dropped without a word, a [`Permit`] gives both back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Breaker, Change, Forced, Judgement, Pass, Refusal, Scope, Snapshot, Verdict};
use crate::config::BreakerConfig;
use crate::model::{DeviceId, DriverName, Failure, FailureKind};

/// All breakers.
#[derive(Debug, Default)]
pub struct Breakers {
    all: Mutex<HashMap<Scope, Shared>>,
}

type Shared = Arc<Mutex<Breaker>>;

/// A call that a breaker did not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Whose breaker.
    pub scope: Scope,
    /// For how long.
    pub refusal: Refusal,
    /// A change of phase on the way to the refusal: the device's breaker let a call try, its driver's did not.
    pub change: Option<(Scope, Change)>,
}

/// The permission to make one call; report what became of it.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    driver: Held,
    device: Held,
}

#[derive(Debug)]
struct Held {
    scope: Scope,
    breaker: Shared,
    pass: Option<Pass>,
}

impl Breakers {
    /// Lets a call to a device of a driver through, or says who refuses it. Breakers that the call is the
    /// first to meet begin closed; others follow when `settings` have changed.
    pub fn admit(
        &self,
        driver: &DriverName,
        device: &DeviceId,
        settings: &BreakerConfig,
        now: Instant,
    ) -> Result<Permit, Refused> {
        // The device comes first: its driver's few probes are not for devices that refuse.
        let device = self.pass(Scope::Device(device.clone()), settings, now)?;
        match self.pass(Scope::Driver(driver.clone()), settings, now) {
            Ok(driver) => Ok(Permit { driver, device }),
            Err(refused) => Err(Refused {
                change: device.change().map(|(scope, change)| (scope.clone(), change)),
                ..refused
            }),
        }
    }

    /// Whether a call to this device would be refused now. Takes nothing: for choosing among devices.
    pub fn is_open(&self, driver: &DriverName, device: &DeviceId, now: Instant) -> bool {
        let scopes = [Scope::Driver(driver.clone()), Scope::Device(device.clone())];
        let all = lock(&self.all);
        let mut known = scopes.iter().filter_map(|scope| all.get(scope));
        known.any(|breaker| lock(breaker).snapshot(now).phase == super::Phase::Open)
    }

    /// Holds a breaker open or closed, or lets it go; the change, if there was one.
    pub fn force(
        &self,
        scope: Scope,
        forced: Option<Forced>,
        settings: &BreakerConfig,
        now: Instant,
    ) -> Option<Change> {
        lock(&self.get(scope, settings, now)).force(forced, now)
    }

    /// How all of them stand, drivers first, by name.
    pub fn snapshots(&self, now: Instant) -> Vec<(Scope, Snapshot)> {
        let all = lock(&self.all);
        let mut snapshots: Vec<_> =
            all.iter().map(|(scope, breaker)| (scope.clone(), lock(breaker).snapshot(now))).collect();
        snapshots.sort_by(|(one, _), (other, _)| one.cmp(other));
        snapshots
    }

    /// Forgets all but these, such as when a driver was unloaded. Those that an operator forced stay.
    pub fn retain(&self, keep: impl Fn(&Scope) -> bool) {
        lock(&self.all).retain(|scope, breaker| keep(scope) || lock(breaker).forced.is_some());
    }

    fn pass(&self, scope: Scope, settings: &BreakerConfig, now: Instant) -> Result<Held, Refused> {
        let breaker = self.get(scope.clone(), settings, now);
        let admitted = {
            let mut breaker = lock(&breaker);
            if breaker.settings() != settings {
                breaker.configure(*settings, now);
            }
            breaker.admit(now)
        };
        match admitted {
            Ok(pass) => Ok(Held { scope, breaker, pass: Some(pass) }),
            Err(refusal) => Err(Refused { scope, refusal, change: None }),
        }
    }

    fn get(&self, scope: Scope, settings: &BreakerConfig, now: Instant) -> Shared {
        let new = || Arc::new(Mutex::new(Breaker::new(*settings, now)));
        Arc::clone(lock(&self.all).entry(scope).or_insert_with(new))
    }
}

impl Permit {
    /// The changes of phase that let this call through, each with its breaker.
    pub fn changes(&self) -> impl Iterator<Item = (&Scope, Change)> {
        [&self.driver, &self.device].into_iter().filter_map(Held::change)
    }

    /// Tells both breakers what became of the call; the changes of phase that follow.
    pub fn report(mut self, judgement: Judgement, now: Instant) -> Vec<(Scope, Change)> {
        let driver = self.driver.report(judgement.driver, now);
        let device = self.device.report(judgement.device, now);
        [driver, device].into_iter().flatten().collect()
    }
}

impl Held {
    fn change(&self) -> Option<(&Scope, Change)> {
        let change = self.pass.as_ref().and_then(Pass::change)?;
        Some((&self.scope, change))
    }

    fn report(&mut self, verdict: Verdict, now: Instant) -> Option<(Scope, Change)> {
        let change = lock(&self.breaker).record(self.pass.take()?, verdict, now)?;
        Some((self.scope.clone(), change))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            lock(&self.breaker).release(pass);
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let Refused { scope, refusal, .. } = refused;
        let mut failure = match refusal.remaining {
            Some(_) => Self::new(
                FailureKind::Unavailable,
                format!("{scope} has failed too often lately; its circuit breaker is open"),
            ),
            None => Self::new(FailureKind::Unavailable, format!("an operator has closed the way to {scope}"))
                .remedy("Choose another device, or ask the operator when this one will be back."),
        };
        failure.retry_after = refusal.remaining;
        failure
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A breaker's fields agree with one another after every statement that can panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
