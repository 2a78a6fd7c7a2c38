//! A device to run on, and the generation that has it.

use std::time::{Duration, Instant};

use super::{Dispatcher, RequestContext};
use crate::config::DriverResilience;
use crate::model::{Device, DeviceId, DriverName, Failure, FailureKind};
use crate::plugin::Route;
use crate::resilience::{Judgement, Permit};

/// A device, and the right to use the generation that has it.
pub(super) struct Target {
    pub(super) route: Route,
    pub(super) device: Device,
}

impl Target {
    pub(super) fn driver(&self) -> &DriverName {
        &self.route.active.name
    }
}

impl Dispatcher {
    /// The device as it is now.
    pub(super) fn target(&self, context: &RequestContext, id: &DeviceId) -> Result<Target, Failure> {
        let route = self.find(context, id)?;
        let device = route.active.device(id).ok_or_else(|| unlisted(id))?;
        Ok(Target { route, device })
    }

    /// Asks the breakers of the device and of its driver.
    ///
    /// # Errors
    /// [`FailureKind::Unavailable`] with the time after which the next call may pass.
    pub(super) fn pass(
        &self,
        driver: &DriverName,
        device: &DeviceId,
        settings: &DriverResilience,
    ) -> Result<Permit, Failure> {
        match self.breakers.admit(driver, device, &settings.breaker, Instant::now()) {
            Ok(permit) => {
                let changes: Vec<_> =
                    permit.changes().map(|(scope, change)| (scope.clone(), change)).collect();
                self.tell(driver.as_str(), changes);
                Ok(permit)
            }
            Err(refused) => {
                self.tell(driver.as_str(), refused.change);
                let text = format!("the breaker of {} is open", refused.scope);
                let mut failure = Failure::new(FailureKind::Unavailable, text);
                failure.retry_after = refused.refusal.remaining;
                Err(match refused.refusal.remaining {
                    Some(_) => failure.remedy("It failed too often. Send the request again after the given delay, or use another device."),
                    None => failure.remedy("An operator holds it open. Use another device."),
                })
            }
        }
    }

    /// Tells the breakers what became of a call.
    pub(super) fn report(&self, driver: &DriverName, permit: Permit, judgement: Judgement) {
        self.tell(driver.as_str(), permit.report(judgement, Instant::now()));
    }
}

fn unlisted(device: &DeviceId) -> Failure {
    Failure::new(FailureKind::Unavailable, format!("its driver no longer lists device `{device}`"))
        .retry_after(Duration::from_secs(1))
}
