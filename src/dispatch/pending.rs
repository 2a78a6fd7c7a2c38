//! Jobs that go on at the provider: asked for until done, holding no instance in between.
//!
//! An error while asking says nothing about the job, so asking goes on until the deadline; then the
//! provider is asked to cancel, as it is when the caller hangs up, or the job goes on without us. A job outlives the generation that submitted it: as soon as a successor
//! serves that understands its ticket, the successor is asked, and the old generation can go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng as _;
use tokio::task::JoinHandle;

use super::Dispatcher;
use super::options::OnDeadline;
use crate::driver::Call;
use crate::model::{ExecutionResult, Failure, FailureKind, Outcome, Pending, Submission, Ticket};
use crate::plugin::{Active, Route};

const FIRST_POLL: Duration = Duration::from_secs(1);
const SHORTEST_POLL: Duration = Duration::from_millis(50);
const LONGEST_POLL: Duration = Duration::from_mins(1);
/// Time for the cancel call itself, after the deadline.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);
/// How long a caller whose deadline has passed waits to hear what became of that.
const CANCEL_ANSWER: Duration = Duration::from_millis(500);
/// How often a waiting job looks whether its generation was replaced.
const LOOK_FOR_SUCCESSOR: Duration = Duration::from_millis(200);

/// A job at its provider. Dropped while somebody waits for it, because the caller hung up, it is cancelled there.
struct AtProvider {
    active: Arc<Active>,
    ticket: Ticket,
    cancel: bool,
}

impl Drop for AtProvider {
    fn drop(&mut self) {
        if self.cancel {
            drop(cancel(&self.active, &self.ticket));
        }
    }
}

/// Waits for a submitted job.
pub(super) async fn await_job(
    dispatcher: &Dispatcher,
    submitter: &Route,
    job: Pending,
    call: Call,
    on_deadline: OnDeadline,
) -> Result<ExecutionResult, Failure> {
    let cancel = on_deadline == OnDeadline::Cancel;
    let mut at = AtProvider { active: Arc::clone(&submitter.active), ticket: job.ticket.clone(), cancel };
    let ended = wait(dispatcher, submitter, job, call, on_deadline, &mut at).await;
    at.cancel = false;
    ended
}

async fn wait(
    dispatcher: &Dispatcher,
    submitter: &Route,
    mut job: Pending,
    call: Call,
    on_deadline: OnDeadline,
    at: &mut AtProvider,
) -> Result<ExecutionResult, Failure> {
    let mut pause = FIRST_POLL;
    let mut successor: Option<Route> = None;
    loop {
        // Without the driver's word, not all who wait ask in the same moment.
        let own = || pause.mul_f64(rand::rng().random_range(0.5..1.0));
        let wanted = job.poll_after.unwrap_or_else(own).clamp(SHORTEST_POLL, LONGEST_POLL);
        let next = (Instant::now() + wanted).min(call.deadline);
        let submitted = || Submission::Submitted(job.ticket.clone());
        while Instant::now() < next {
            let route = successor.as_ref().unwrap_or(submitter);
            let until = next.min(Instant::now() + LOOK_FOR_SUCCESSOR);
            let sleep = async {
                tokio::time::sleep_until(until.into()).await;
                Ok(())
            };
            dispatcher.unless_cut(Some(route), submitted(), sleep).await?;
            if let Some(newer) = newer_than(dispatcher, route) {
                submitter.leave();
                at.active = Arc::clone(&newer.active);
                successor = Some(newer);
            }
        }
        let route = successor.as_ref().unwrap_or(submitter);
        if Instant::now() >= call.deadline {
            return Err(match on_deadline {
                OnDeadline::Cancel => give_up(route, &job.ticket).await,
                OnDeadline::Detach => detached(&job.ticket),
            });
        }
        pause = (pause * 2).min(LONGEST_POLL);
        match dispatcher.unless_cut(Some(route), submitted(), poll(route, &job.ticket, call)).await {
            Ok(Outcome::Done(result)) => return Ok(result),
            Ok(Outcome::Pending(next)) => {
                at.ticket = next.ticket.clone();
                job = next;
            }
            Err(failure) if failure.kind == FailureKind::Aborted => return Err(failure),
            Err(failure) => {
                tracing::warn!(cause = %failure, "asking for a submitted job failed; the job goes on");
            }
        }
    }
}

/// The generation now in service, if it is another one and understands the tickets of this one.
fn newer_than(dispatcher: &Dispatcher, route: &Route) -> Option<Route> {
    let newer = dispatcher.registry.route_to(&route.active.name)?;
    let tickets = route.active.info.ticket_version;
    let takes_over = newer.active.generation != route.active.generation
        && newer.active.info.accepts_ticket_versions.contains(&tickets);
    takes_over.then_some(newer)
}

async fn poll(route: &Route, ticket: &Ticket, call: Call) -> Result<Outcome, Failure> {
    route.active.pool.lease(call).await?.poll(call, ticket).await
}

fn detached(ticket: &Ticket) -> Failure {
    let text = "the deadline passed while the job was at the provider, where it goes on";
    let mut failure = Failure::new(FailureKind::Timeout, text);
    failure.submission = Submission::Submitted(ticket.clone());
    failure
}

async fn give_up(route: &Route, ticket: &Ticket) -> Failure {
    let cancelled = tokio::time::timeout(CANCEL_ANSWER, cancel(&route.active, ticket)).await;
    let failure = Failure::new(FailureKind::Timeout, "the deadline passed while the job was at the provider");
    match cancelled {
        Ok(Ok(Ok(()))) => {
            let mut failure =
                failure.remedy("The job was cancelled at the provider. Allow more time and send it again.");
            failure.submission = Submission::Ended;
            failure
        }
        unsure => {
            let why = match unsure {
                Ok(Ok(Err(refused))) => format!("and cancelling it failed: {refused}"),
                Ok(Err(gone)) => format!("and cancelling it failed: {gone}"),
                _ => "and it is still being cancelled".to_owned(),
            };
            let mut failure = failure.cause(why);
            failure.submission = Submission::Submitted(ticket.clone());
            failure
        }
    }
}

/// Has the provider stop a job, whoever still waits for it.
fn cancel(active: &Arc<Active>, ticket: &Ticket) -> JoinHandle<Result<(), Failure>> {
    let (active, ticket) = (Arc::clone(active), ticket.clone());
    tokio::spawn(async move {
        let call = Call { deadline: Instant::now() + CANCEL_PATIENCE };
        let cancelled = match active.pool.lease(call).await {
            Ok(mut lease) => lease.cancel(call, &ticket).await,
            Err(failure) => Err(failure),
        };
        cancelled.inspect_err(|refused| {
            tracing::warn!(driver_name = active.name.as_str(), cause = %refused, "a job could not be cancelled at its provider");
        })
    })
}
