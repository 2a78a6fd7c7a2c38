//! Tries on one device, until it answers or trying again would be useless or wrong.

use std::time::Instant;

use tracing::Instrument as _;

use super::attempt::Work;
use super::execute::{Execution, noted};
use super::target::Target;
use super::{Dispatcher, RequestContext};
use crate::model::{DeviceId, ExecutionKey, Failure, FailureKind, Submission};
use crate::resilience::{Attempt, Decision, Retry, Stop, Tries};
use crate::telemetry::metrics::Operation;
use crate::telemetry::{events, span};

/// Why a device gave no answer.
pub(super) enum Stuck {
    /// A breaker let nothing through.
    Open(Failure),
    /// It failed, or too much was asked of it.
    Failed(Failure),
}

impl Stuck {
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Open(failure) | Self::Failed(failure) => failure,
        }
    }
}

impl Dispatcher {
    /// Tries, and tries again where that is safe and may help. A pause holds neither a generation nor a
    /// connection: the next try goes to whatever serves the device then.
    pub(super) async fn persist(
        &self,
        context: &RequestContext,
        mut target: Target,
        work: &Work<'_>,
    ) -> Result<Execution, Stuck> {
        let id = target.device.id.clone();
        let driver = target.driver().clone();
        let settings = self.config.load().resilience_of(driver.as_str());
        let place = self.limits.admit(&driver, &id, &settings.admission, work.call.deadline).await;
        let _place = place.map_err(Stuck::Failed)?;
        let (retry, budget) = (Retry::new(&settings.retry), self.budgets.of(&driver, &settings.retry));
        budget.earn();
        let mut tries = Tries { made: 0, began: Instant::now() };
        let mut submission = Submission::NotSubmitted;
        loop {
            let permit = self.pass(&driver, &id, &settings).map_err(Stuck::Open)?;
            tries.made += 1;
            let idempotent = target.device.features.idempotent && !work.request.non_idempotent;
            let failed = match self.counted(&target, work, tries.made, permit).await {
                // Where running it twice does no harm, that is quicker than finding out.
                Err(failure) if !idempotent => self.settle(&target, work, failure).await,
                tried => tried,
            };
            let mut failure = match failed {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // What an earlier try may have submitted counts for all.
            if failure.submission == Submission::NotSubmitted {
                failure.submission = submission;
            }
            let attempt = Attempt { failure: &failure, tries, idempotent, deadline: work.call.deadline };
            let decision = if self.stopping.is_cancelled() {
                Decision::Stop(Stop::Deadline)
            } else if work.request.wants_error {
                // It would only be asked for again.
                Decision::Stop(Stop::Pointless)
            } else {
                retry.decide(&attempt, &budget, Instant::now(), &mut rand::rng())
            };
            let pause = match decision {
                Decision::Again(pause) => pause,
                Decision::Stop(stop) => {
                    self.give_up(driver.as_str(), &id, &failure, stop);
                    return Err(Stuck::Failed(in_doubt(failure, idempotent, &work.key)));
                }
            };
            self.telemetry.emit(events::Retried {
                driver: driver.as_str(),
                device_id: id.as_str(),
                kind: failure.kind.name(),
                cause: &failure.to_string(),
                attempt: tries.made,
                pause,
            });
            drop(target);
            submission = failure.submission.clone();
            let sleep = async {
                tokio::time::sleep(pause).await;
                Ok(())
            };
            self.unless_cut(None, submission.clone(), sleep).await.map_err(Stuck::Failed)?;
            // A device that is gone meanwhile failed for the reason it had.
            target = self.target(context, &id).map_err(|_| Stuck::Failed(failure))?;
        }
    }

    async fn counted(
        &self,
        target: &Target,
        work: &Work<'_>,
        number: u32,
        permit: crate::resilience::Permit,
    ) -> Result<Execution, Failure> {
        let started = Instant::now();
        let step = span::attempt(target.driver().as_str(), target.device.id.as_str(), number);
        let outcome = self.attempt(target, work, number, Some(permit)).instrument(step.clone()).await;
        let outcome = outcome.map_err(noted(&step));
        drop(step);
        let label = outcome.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
        self.telemetry.metrics().attempt(target.driver().as_str(), Operation::ExecuteCircuit, label);
        let blamed =
            !work.request.wants_error && outcome.as_ref().is_err_and(|failure| failure.kind.blames_driver());
        target.route.note(blamed, started.elapsed());
        outcome
    }

    fn give_up(&self, driver: &str, id: &DeviceId, failure: &Failure, stop: Stop) {
        // Where a retry makes no sense, none was missed.
        if stop != Stop::Pointless && failure.kind.retryable() {
            let device_id = id.as_str();
            self.telemetry.emit(events::RetriesStopped { driver, device_id, why: stop.name() });
        }
    }
}

/// A job that the provider has or may have gets a status that no Kernel retries, unless running it
/// twice does no harm.
pub(super) fn in_doubt(mut failure: Failure, idempotent: bool, key: &ExecutionKey) -> Failure {
    let certain = matches!(failure.submission, Submission::NotSubmitted | Submission::Ended);
    if certain || idempotent {
        return failure;
    }
    failure.remediation = Failure::new(FailureKind::SubmissionUnknown, "").remediation;
    failure.kind = FailureKind::SubmissionUnknown;
    failure.execution_key = Some(key.clone());
    failure.retry_after = None;
    failure
}
