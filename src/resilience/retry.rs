//! Whether a failed attempt may be made again on the same device, and when.
//!
//! The invariant, before all else: a submission that a provider has, or may have, is never repeated,
//! unless its device declares that executing twice does no harm. Then come the kind of the failure, the
//! caps, the deadline, and last the budget, which is spent only on a retry that will really be made.

use std::time::{Duration, Instant};

use rand::Rng;

use super::backoff::{Backoff, Cap, Tries};
use super::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::model::{Failure, FailureKind, Submission};

/// The policy of one driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    backoff: Backoff,
}

/// An attempt that failed.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// How it failed.
    pub failure: &'a Failure,
    /// How many there were, this one included, and since when.
    pub tries: Tries,
    /// Whether executing twice does no harm: the device declares so, and the caller does not object.
    pub idempotent: bool,
    /// When the request must be over.
    pub deadline: Instant,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this time.
    Again(Duration),
    /// Tell the caller.
    Stop(Stop),
}

/// Why an attempt is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The provider has, or may have, the job.
    Submitted,
    /// It would fail the same way again.
    Pointless,
    /// There were enough.
    Attempts,
    /// It has gone on for long enough.
    Time,
    /// The next one could not even begin before the deadline.
    Deadline,
    /// The driver has had its share of retries.
    Budget,
}

impl Stop {
    /// A stable name for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Pointless => "pointless",
            Self::Attempts => "attempts",
            Self::Time => "time",
            Self::Deadline => "deadline",
            Self::Budget => "budget",
        }
    }
}

impl Retry {
    /// As the config says.
    pub fn new(config: &RetryConfig) -> Self {
        Self { backoff: Backoff::new(config) }
    }

    /// Decides, and spends of the budget if the answer is to try again.
    pub fn decide(
        &self,
        attempt: &Attempt<'_>,
        budget: &RetryBudget,
        now: Instant,
        rng: &mut impl Rng,
    ) -> Decision {
        match self.judge(attempt, now, rng) {
            Err(stop) => Decision::Stop(stop),
            Ok(_) if !budget.spend() => Decision::Stop(Stop::Budget),
            Ok(pause) => Decision::Again(pause),
        }
    }

    fn judge(&self, attempt: &Attempt<'_>, now: Instant, rng: &mut impl Rng) -> Result<Duration, Stop> {
        let Attempt { failure, tries, idempotent, deadline } = *attempt;
        if failure.submission != Submission::NotSubmitted && !idempotent {
            return Err(Stop::Submitted);
        }
        if !worth_repeating(failure.kind) {
            return Err(Stop::Pointless);
        }
        let pause = self.backoff.next(tries, failure.retry_after, now, rng).map_err(|cap| match cap {
            Cap::Attempts => Stop::Attempts,
            Cap::Time => Stop::Time,
        })?;
        if pause >= deadline.saturating_duration_since(now) { Err(Stop::Deadline) } else { Ok(pause) }
    }
}

/// What is too large stays too large, and a host without room gets none by being asked more often: that
/// is for the caller to repeat, later.
fn worth_repeating(kind: FailureKind) -> bool {
    kind.retryable() && kind != FailureKind::Capacity
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::SmallRng;

    use super::*;
    use crate::config::Percent;
    use crate::model::Ticket;

    const SECOND: Duration = Duration::from_secs(1);
    const KINDS: [FailureKind; 14] = [
        FailureKind::InvalidRequest,
        FailureKind::InvalidArgument,
        FailureKind::UnknownDevice,
        FailureKind::Unimplemented,
        FailureKind::Precondition,
        FailureKind::Unavailable,
        FailureKind::Quota,
        FailureKind::Capacity,
        FailureKind::Timeout,
        FailureKind::Unauthenticated,
        FailureKind::PermissionDenied,
        FailureKind::Aborted,
        FailureKind::Internal,
        FailureKind::SubmissionUnknown,
    ];

    fn failure(kind: FailureKind, submission: Submission) -> Failure {
        Failure { submission, ..Failure::new(kind, "") }
    }

    fn decide(
        failure: &Failure,
        idempotent: bool,
        made: u32,
        left: Duration,
        budget: &RetryBudget,
    ) -> Decision {
        let now = Instant::now();
        let tries = Tries { made, began: now };
        let attempt = Attempt { failure, tries, idempotent, deadline: now + left };
        let retry = Retry::new(&RetryConfig::default());
        retry.decide(&attempt, budget, now, &mut SmallRng::seed_from_u64(1))
    }

    fn full() -> RetryBudget {
        RetryBudget::new(&RetryConfig::default())
    }

    #[test]
    fn what_was_not_submitted_is_tried_again() {
        let failure = failure(FailureKind::Unavailable, Submission::NotSubmitted);
        assert!(matches!(decide(&failure, false, 1, SECOND, &full()), Decision::Again(_)));
    }

    #[test]
    fn a_submission_in_doubt_is_repeated_only_where_that_does_no_harm() {
        let failure = failure(FailureKind::Unavailable, Submission::Unknown);
        assert_eq!(decide(&failure, false, 1, SECOND, &full()), Decision::Stop(Stop::Submitted));
        assert!(matches!(decide(&failure, true, 1, SECOND, &full()), Decision::Again(_)));
    }

    #[test]
    fn a_full_host_is_not_asked_more_often() {
        let failure = failure(FailureKind::Capacity, Submission::NotSubmitted);
        assert_eq!(decide(&failure, true, 1, SECOND, &full()), Decision::Stop(Stop::Pointless));
    }

    #[test]
    fn a_backend_that_asks_for_more_time_than_there_is_gets_no_second_try() {
        let mut failure = failure(FailureKind::Quota, Submission::NotSubmitted);
        failure.retry_after = Some(5 * SECOND);
        assert_eq!(decide(&failure, false, 1, 5 * SECOND, &full()), Decision::Stop(Stop::Deadline));
        assert!(
            matches!(decide(&failure, false, 1, 6 * SECOND, &full()), Decision::Again(pause) if pause >= 5 * SECOND)
        );
    }

    #[test]
    fn an_empty_budget_stops_retries_and_nothing_else_spends_it() {
        let config = RetryConfig { budget: Percent(0), budget_burst: 2, ..RetryConfig::default() };
        let budget = RetryBudget::new(&config);
        let (bad, good) = (
            failure(FailureKind::InvalidArgument, Submission::NotSubmitted),
            failure(FailureKind::Unavailable, Submission::NotSubmitted),
        );
        for _ in 0..10 {
            assert_eq!(decide(&bad, false, 1, SECOND, &budget), Decision::Stop(Stop::Pointless));
            assert_eq!(
                decide(&good, false, config.attempts, SECOND, &budget),
                Decision::Stop(Stop::Attempts)
            );
            assert_eq!(decide(&good, false, 1, Duration::ZERO, &budget), Decision::Stop(Stop::Deadline));
        }
        let again =
            (0..10).filter(|_| matches!(decide(&good, false, 1, SECOND, &budget), Decision::Again(_)));
        assert_eq!(again.count(), 2);
        assert_eq!(decide(&good, false, 1, SECOND, &budget), Decision::Stop(Stop::Budget));
    }

    proptest! {
        #[test]
        fn a_paid_submit_is_never_repeated(
            kind in prop::sample::select(&KINDS[..]),
            unknown: bool,
            retry_after in prop::option::of(0u64..10_000),
            made in 1u32..10,
            left in 0u64..100_000,
        ) {
            let ticket = Submission::Submitted(Ticket::new("job-1"));
            let mut failure = failure(kind, if unknown { Submission::Unknown } else { ticket });
            failure.retry_after = retry_after.map(Duration::from_millis);
            let decision = decide(&failure, false, made, Duration::from_millis(left), &full());
            prop_assert_eq!(decision, Decision::Stop(Stop::Submitted));
        }

        #[test]
        fn a_retry_always_begins_before_the_deadline_and_not_before_it_is_welcome(
            kind in prop::sample::select(&KINDS[..]),
            idempotent: bool,
            retry_after in prop::option::of(0u64..10_000),
            made in 1u32..10,
            left in 0u64..100_000,
        ) {
            let mut failure = failure(kind, Submission::NotSubmitted);
            failure.retry_after = retry_after.map(Duration::from_millis);
            let left = Duration::from_millis(left);
            if let Decision::Again(pause) = decide(&failure, idempotent, made, left, &full()) {
                prop_assert!(kind.retryable() && made < RetryConfig::default().attempts);
                prop_assert!(pause < left && pause >= failure.retry_after.unwrap_or_default());
            }
        }
    }
}
