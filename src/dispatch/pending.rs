//! Jobs that go on at the provider: asked for until done, holding no instance in between.
//!
//! An error while asking says nothing about the job, so asking goes on until the deadline; then
//! the provider is asked to cancel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::driver::Call;
use crate::model::{ExecutionResult, Failure, FailureKind, Outcome, Pending, Submission, Ticket};
use crate::pool::Pool;

const FIRST_POLL: Duration = Duration::from_secs(1);
const SHORTEST_POLL: Duration = Duration::from_millis(50);
const LONGEST_POLL: Duration = Duration::from_mins(1);
/// Time for the cancel call itself, after the deadline.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);

/// Waits for a submitted job.
pub(super) async fn await_job(
    pool: &Arc<Pool>,
    mut job: Pending,
    call: Call,
) -> Result<ExecutionResult, Failure> {
    let mut pause = FIRST_POLL;
    loop {
        let wanted = job.poll_after.unwrap_or(pause).clamp(SHORTEST_POLL, LONGEST_POLL);
        let next = Instant::now() + wanted;
        if next >= call.deadline {
            tokio::time::sleep_until(call.deadline.into()).await;
            return Err(give_up(pool, &job.ticket).await);
        }
        tokio::time::sleep_until(next.into()).await;
        pause = (pause * 2).min(LONGEST_POLL);
        match poll(pool, &job.ticket, call).await {
            Ok(Outcome::Done(result)) => return Ok(result),
            Ok(Outcome::Pending(next)) => job = next,
            Err(failure) => {
                tracing::warn!(cause = %failure, "asking for a submitted job failed; the job goes on");
            }
        }
    }
}

async fn poll(pool: &Arc<Pool>, ticket: &Ticket, call: Call) -> Result<Outcome, Failure> {
    pool.lease(call).await?.poll(call, ticket).await
}

async fn give_up(pool: &Arc<Pool>, ticket: &Ticket) -> Failure {
    let call = Call { deadline: Instant::now() + CANCEL_PATIENCE };
    let cancelled = match pool.lease(call).await {
        Ok(mut lease) => lease.cancel(call, ticket).await,
        Err(failure) => Err(failure),
    };
    let failure = Failure::new(FailureKind::Timeout, "the deadline passed while the job was at the provider");
    match cancelled {
        Ok(()) => failure.remedy("The job was cancelled at the provider. Allow more time and send it again."),
        Err(refused) => {
            let mut failure = failure.cause(format!("and cancelling it failed: {refused}"));
            failure.submission = Submission::Submitted(ticket.clone());
            failure
        }
    }
}
