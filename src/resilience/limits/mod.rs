//! How much load is let in: by driver, by device, by caller.
//!
//! [`RateLimit`] bounds how often, [`Bulkhead`] how many at once; [`Limits`] has both for everyone. The
//! invariants: a request that is refused has taken no place; every refusal is `RESOURCE_EXHAUSTED` with a
//! time to come back, or without one where nobody can know. Whoever is refused for its own doing has cost
//! the others nothing: a caller's limits come first, then the device's, then the driver's.

mod bulkhead;
mod callers;
mod rate;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;

pub use bulkhead::{Bulkhead, Full, Place, Size};
pub use callers::Guest;
pub use rate::RateLimit;

use crate::config::{self, Admission};
use crate::model::{CallerId, DeviceId, DriverName, Failure, FailureKind};
use callers::Callers;

/// The limits of all drivers, devices and callers.
pub struct Limits {
    drivers: Mutex<HashMap<DriverName, Arc<OfDriver>>>,
    callers: Arc<Callers>,
}

struct OfDriver {
    settings: Admission,
    rate: RateLimit<()>,
    devices: RateLimit<DeviceId>,
    bulkhead: Arc<Bulkhead>,
}

/// How many devices of one driver are told apart by rate.
const DEVICES: usize = 10_000;

impl Limits {
    /// Limits that nobody has used up yet.
    pub fn new(callers: &config::Callers) -> Self {
        Self { drivers: Mutex::default(), callers: Callers::new(*callers) }
    }

    /// Lets a caller's request in, waiting for its turn if it must, but not beyond `deadline`; once a request,
    /// however many devices it is tried on. Dropping the guest makes room for another.
    ///
    /// # Errors
    /// [`FailureKind::Quota`] with the time to come back, or [`FailureKind::Timeout`] at the deadline.
    pub async fn admit_caller(&self, caller: &CallerId, deadline: Instant) -> Result<Guest, Failure> {
        self.callers.check(caller).map_err(|wait| too_often(wait, "the caller", "callers.rate"))?;
        let guest = Guest::enter(&self.callers, caller, deadline).await;
        guest.map_err(|full| too_many(full, "the caller", "callers.concurrent"))
    }

    /// Lets a request go to a device of a driver; as [`Limits::admit_caller`]. `settings` are those of the
    /// driver now; when they have changed its limits begin anew.
    ///
    /// # Errors
    /// As [`Limits::admit_caller`].
    pub async fn admit(
        &self,
        driver: &DriverName,
        device: &DeviceId,
        settings: &Admission,
        deadline: Instant,
    ) -> Result<Place, Failure> {
        let of_driver = self.of_driver(driver, settings);
        let shown = format!("device `{device}`");
        of_driver.devices.check(device).map_err(|wait| too_often(wait, &shown, "admission.device_rate"))?;
        let shown = format!("driver `{driver}`");
        of_driver.rate.check(&()).map_err(|wait| too_often(wait, &shown, "admission.rate"))?;
        let place = of_driver.bulkhead.enter(deadline).await;
        place.map_err(|full| too_many(full, &shown, "admission.concurrent"))
    }

    /// Places taken and requests that wait, for each driver, by name.
    pub fn load(&self) -> Vec<(DriverName, usize, u32)> {
        let drivers = self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        let load = |(name, of): (&DriverName, &Arc<OfDriver>)| {
            (name.clone(), of.bulkhead.taken(), of.bulkhead.waiting())
        };
        let mut all: Vec<_> = drivers.iter().map(load).collect();
        all.sort();
        all
    }

    /// Forgets drivers that are gone.
    pub fn retain(&self, keep: impl Fn(&DriverName) -> bool) {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner).retain(|name, _| keep(name));
    }

    fn of_driver(&self, driver: &DriverName, settings: &Admission) -> Arc<OfDriver> {
        let mut drivers = self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        match drivers.get(driver) {
            Some(known) if known.settings == *settings => Arc::clone(known),
            _ => {
                let new = Arc::new(OfDriver::new(*settings));
                drivers.insert(driver.clone(), Arc::clone(&new));
                new
            }
        }
    }
}

impl OfDriver {
    fn new(settings: Admission) -> Self {
        let burst = NonZeroU32::new(settings.burst).unwrap_or(NonZeroU32::MIN);
        Self {
            settings,
            rate: RateLimit::new(settings.rate, burst, 1, DefaultClock::default()),
            devices: RateLimit::new(settings.device_rate, burst, DEVICES, DefaultClock::default()),
            bulkhead: Bulkhead::new(Size {
                concurrent: settings.concurrent,
                waiting: settings.waiting,
                wait: settings.wait,
            }),
        }
    }
}

fn too_often(wait: Duration, who: &str, key: &str) -> Failure {
    Failure::new(FailureKind::Quota, format!("{who} is over its rate (`resilience.{key}`)")).retry_after(wait)
}

fn too_many(full: Full, who: &str, key: &str) -> Failure {
    let (text, retry_after) = match full {
        Full::Queue { retry_after } => ("and as many as may wait do", retry_after),
        Full::Wait { retry_after } => ("and none ended in time", retry_after),
        Full::Deadline => {
            let text = format!("the deadline passed while other requests of {who} were under way");
            return Failure::new(FailureKind::Timeout, text);
        }
    };
    let text = format!("{who} has as many requests under way as `resilience.{key}` allows, {text}");
    let mut failure = Failure::new(FailureKind::Quota, text);
    failure.retry_after = retry_after;
    failure
}
