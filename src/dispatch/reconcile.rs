//! What became of a submission that went wrong, as far as its driver can find out.

use std::time::Instant;

use super::attempt::Work;
use super::execute::Execution;
use super::target::Target;
use super::{Dispatcher, pending};
use crate::model::{Failure, FailureKind, Pending, Reconciliation, Submission};

impl Dispatcher {
    /// Takes up a job that is at the provider although its submission failed: the ticket may be known, or the
    /// driver may find it by the execution's key. If the provider turns out not to have it, the failure says so
    /// from then on, and may be sent again.
    ///
    /// # Errors
    /// The failure, if there is no job to wait for; or why waiting for it failed.
    pub(super) async fn settle(
        &self,
        target: &Target,
        work: &Work<'_>,
        mut failure: Failure,
    ) -> Result<Execution, Failure> {
        if failure.kind == FailureKind::Aborted || Instant::now() >= work.call.deadline {
            return Err(failure);
        }
        let job = match &failure.submission {
            Submission::NotSubmitted | Submission::Ended => return Err(failure),
            Submission::Submitted(ticket) => {
                Pending { ticket: ticket.clone(), poll_after: None, queue_position: None }
            }
            Submission::Unknown => match self.look_for(target, work).await {
                Ok(Reconciliation::Found(job)) => job,
                Ok(Reconciliation::NotFound) => {
                    failure.submission = Submission::NotSubmitted;
                    return Err(failure);
                }
                Ok(Reconciliation::Unknown) => return Err(failure),
                Err(cause) => {
                    tracing::warn!(driver_name = target.driver().as_str(), %cause, "the driver cannot look for a job in doubt");
                    return Err(failure);
                }
            },
        };
        tracing::info!(driver_name = target.driver().as_str(), cause = %failure, "the provider has the job although its submission failed; waiting for it");
        let on_deadline = work.request.on_deadline;
        let result = pending::await_job(self, &target.route, job, work.call, on_deadline).await?;
        self.checked(target, work, result)
    }

    async fn look_for(&self, target: &Target, work: &Work<'_>) -> Result<Reconciliation, Failure> {
        let mut lease = target.route.active.pool.lease(work.call).await?;
        let asked = lease.reconcile(work.call, &work.key);
        self.unless_cut(Some(&target.route), Submission::Unknown, asked).await
    }
}
