//! One try at one device: fit the circuit, lease a connection, call the driver, check its answer.

use std::sync::Arc;
use std::time::Instant;

use tracing::Instrument as _;

use super::execute::{Accepted, Execution, noted};
use super::prepare::Prepared;
use super::target::Target;
use super::{Dispatcher, fit, normalise, pending};
use crate::driver::Call;
use crate::model::{
    ExecutionKey, ExecutionRequest, ExecutionResult, Failure, FailureKind, Outcome, Pending, Submission,
};
use crate::resilience::{Judgement, Permit};
use crate::telemetry::span;

/// What is to be run, whatever device runs it.
pub(super) struct Work<'a> {
    pub(super) request: &'a Accepted,
    pub(super) prepared: &'a Prepared,
    pub(super) key: ExecutionKey,
    pub(super) call: Call,
}

enum Submitted {
    Done(Execution),
    Pending(Pending),
}

/// Where a try ended: on the way to the driver, or in it.
enum Missed {
    Connecting(Failure),
    Calling(Failure),
}

impl Dispatcher {
    /// Makes one try, the `number`th of its request at this device. What it says about driver and device is
    /// reported with the `permit`, as soon as it is known: a job that then waits at its provider for hours
    /// holds no breaker half open.
    ///
    /// # Errors
    /// The failure as it happened, and what is known of the submission.
    pub(super) async fn attempt(
        &self,
        target: &Target,
        work: &Work<'_>,
        number: u32,
        permit: Option<Permit>,
    ) -> Result<Execution, Failure> {
        let started = Instant::now();
        let submitted = self.submit(target, work, number).await;
        if let Some(permit) = permit {
            // An error that its caller has asked for says nothing about the driver.
            let judgement = if work.request.wants_error {
                Judgement::NOTHING
            } else {
                self.judge(target, &submitted, started)
            };
            self.report(target.driver(), permit, judgement);
        }
        match submitted {
            Ok(Submitted::Done(answer)) => Ok(answer),
            Ok(Submitted::Pending(job)) => {
                let on_deadline = work.request.on_deadline;
                let result = pending::await_job(self, &target.route, job, work.call, on_deadline).await?;
                self.checked(target, work, result)
            }
            Err(Missed::Connecting(failure) | Missed::Calling(failure)) => Err(failure),
        }
    }

    async fn submit(&self, target: &Target, work: &Work<'_>, number: u32) -> Result<Submitted, Missed> {
        let Target { route, device } = target;
        let Work { request, prepared, key, call } = work;
        let most = self.config.load().circuits.max_operations;
        let execution = ExecutionRequest {
            job_id: request.job_id.clone(),
            device_id: device.id.clone(),
            circuit: fit::fit(prepared, request, device, most).map_err(Missed::Calling)?,
            shots: request.shots,
            seed: request.seed,
            attempt: number,
            execution_key: key.clone(),
            options: Arc::clone(&request.options),
        };
        let lease = route.active.pool.lease(*call);
        let waiting = span::pool_wait(target.driver().as_str());
        let lease = self.unless_cut(Some(route), Submission::NotSubmitted, lease);
        let lease = lease.instrument(waiting.clone()).await;
        let mut lease = lease.map_err(noted(&waiting)).map_err(Missed::Connecting)?;
        drop(waiting);
        // Nobody can tell how far a driver has come.
        let calling = span::driver_call(target.driver().as_str(), "execute");
        let outcome = self.unless_cut(Some(route), Submission::Unknown, lease.execute(*call, execution));
        let outcome = outcome.instrument(calling.clone()).await.map_err(noted(&calling));
        drop(calling);
        match outcome.map_err(Missed::Calling)? {
            Outcome::Done(result) => {
                let answer = self.checked(target, work, result);
                if answer.as_ref().is_err_and(|failure| failure.kind == FailureKind::Internal) {
                    lease.condemn();
                }
                answer.map(Submitted::Done).map_err(Missed::Calling)
            }
            Outcome::Pending(job) => Ok(Submitted::Pending(job)),
        }
    }

    pub(super) fn checked(
        &self,
        target: &Target,
        work: &Work<'_>,
        result: ExecutionResult,
    ) -> Result<Execution, Failure> {
        let limit = self.config.load().grpc.max_response.as_usize();
        normalise::normalise(result, work.request, work.prepared, &target.route.active, limit)
            .map_err(|failure| Failure { submission: Submission::Ended, ..failure })
    }

    fn judge(&self, target: &Target, submitted: &Result<Submitted, Missed>, started: Instant) -> Judgement {
        let took = started.elapsed();
        let driver = target.driver().as_str();
        let patience = self.config.load().resilience_of(driver).breaker.patience;
        match submitted {
            Ok(submitted) => Judgement::of_call(Ok(submitted), took, patience),
            Err(Missed::Calling(failure)) => Judgement::of_call::<()>(Err(failure), took, patience),
            // A wait for a turn says nothing about the driver.
            Err(Missed::Connecting(failure)) if failure.provider == driver => {
                Judgement::of_connecting(failure, took)
            }
            Err(Missed::Connecting(_)) => Judgement::NOTHING,
        }
    }
}
