//! One request over all devices that may run it: the one named, and those that take over from it.

use std::time::Instant;

use super::attempt::Work;
use super::execute::Execution;
use super::persist::Stuck;
use super::prepare::Content;
use super::target::Target;
use super::{Dispatcher, RequestContext, fit};
use crate::model::{DeviceId, DeviceStatus, DriverName, Failure, Submission};
use crate::resilience::failover::{self, Trigger};
use crate::telemetry::events;

/// Where a request has been.
struct Journey {
    /// The device that its caller named.
    named: DeviceId,
    /// That device's driver.
    driver: DriverName,
    /// Devices that were asked.
    tried: Vec<DeviceId>,
    /// Why it is not where its caller sent it.
    moved: Option<String>,
}

impl Dispatcher {
    /// Runs it on the named device, or, if the operator allows it and nothing can have been submitted, on
    /// one that takes over. The answer says where it ran, and why there.
    ///
    /// # Errors
    /// Why the named device did not answer; where another one may have submitted, why that one did not.
    pub(super) async fn carry_out(
        &self,
        context: &RequestContext,
        named: Target,
        work: &Work<'_>,
    ) -> Result<Execution, Failure> {
        let _guest = self.limits.admit_caller(&context.caller, work.call.deadline).await?;
        let mut journey = Journey {
            named: named.device.id.clone(),
            driver: named.driver().clone(),
            tried: Vec::new(),
            moved: None,
        };
        let queue = Trigger::Queue(named.device.state.queue_depth);
        let mut target = self.elsewhere(&mut journey, queue, work).unwrap_or(named);
        let mut first: Option<Failure> = None;
        loop {
            let id = target.device.id.clone();
            context.answered_by(target.driver(), &id);
            journey.tried.push(id.clone());
            let stuck = match self.persist(context, target, work).await {
                Ok(answer) => return Ok(journey.told(answer, &id)),
                Err(stuck) => stuck,
            };
            let trigger = match &stuck {
                Stuck::Open(_) => Trigger::BreakerOpen,
                Stuck::Failed(failure) => Trigger::Failed(failure),
            };
            let next = self.elsewhere(&mut journey, trigger, work);
            let failure = stuck.into_failure();
            if failure.submission != Submission::NotSubmitted {
                return Err(failure);
            }
            let next = next.or_else(|| self.back(context, &mut journey));
            let first_failure = first.get_or_insert(failure);
            match next {
                Some(next) => target = next,
                None => return Err(first_failure.clone()),
            }
        }
    }

    /// The next device that takes over, as long as there is time.
    fn elsewhere(&self, journey: &mut Journey, trigger: Trigger<'_>, work: &Work<'_>) -> Option<Target> {
        if Instant::now() >= work.call.deadline {
            return None;
        }
        let config = self.config();
        let (rules, mode) = (&config.resilience.fallbacks, work.request.failover);
        let can = |id: &DeviceId| self.can_run(id, journey, work);
        let choice = failover::choose(rules, mode, &journey.named, trigger, &journey.tried, can)?;
        self.telemetry.emit(events::FailedOver {
            driver: journey.driver.as_str(),
            from: journey.named.as_str(),
            to_driver: choice.found.driver().as_str(),
            to: choice.device.as_str(),
            trigger: trigger.name(),
            reason: &choice.reason,
        });
        journey.moved = Some(choice.reason);
        Some(choice.found)
    }

    /// The named device after all, if another one was only preferred to it and did not do better.
    fn back(&self, context: &RequestContext, journey: &mut Journey) -> Option<Target> {
        if journey.tried.contains(&journey.named) {
            return None;
        }
        journey.moved = None;
        self.target(context, &journey.named).ok()
    }

    /// A device that is there, online, not refused by a breaker, and made for such a circuit.
    fn can_run(&self, id: &DeviceId, journey: &Journey, work: &Work<'_>) -> Option<Target> {
        let route = self.registry.route(id)?;
        let device = route.active.device(id)?;
        let driver = &route.active.name;
        // What only one provider can read is of no use to another.
        let native = matches!(work.prepared.content, Content::Native(_));
        let able = device.state.status == DeviceStatus::Online
            && (!native || *driver == journey.driver)
            && !self.breakers.is_open(driver, id, Instant::now())
            && fit::fit(work.prepared, work.request, &device, self.config.load().circuits.max_operations)
                .is_ok();
        able.then_some(Target { route, device })
    }
}

impl Journey {
    fn told(self, mut answer: Execution, device: &DeviceId) -> Execution {
        let mut add = |key: &str, value: String| answer.metadata.insert(key.to_owned(), value);
        add("executed_on", device.to_string());
        if let Some(reason) = self.moved {
            add("failover_from", self.named.to_string());
            add("failover_reason", reason);
        }
        answer
    }
}
