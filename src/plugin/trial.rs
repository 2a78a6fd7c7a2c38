//! A new generation on trial: which requests it gets, and whether it passes.
//!
//! The verdict is pure: from the plan and two tallies. The invariant: a trial has one verdict, and it is
//! given as early as it is certain; a trial that can no longer pass ends at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::active::Active;
use super::change::Trial;

/// Answers of one generation, and how they went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub answers: u64,
    /// Failures that blame the driver.
    pub failures: u64,
    /// Time of all answers together.
    pub latency: Duration,
}

impl Tally {
    /// Counts one answer.
    pub fn add(&mut self, failed: bool, latency: Duration) {
        self.answers += 1;
        self.failures += u64::from(failed);
        self.latency += latency;
    }

    fn mean(&self) -> Option<f64> {
        (self.answers > 0).then(|| self.latency.as_secs_f64() / self.answers as f64)
    }
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The new generation gets all requests.
    Passed,
    /// The old one keeps them; why.
    Failed(String),
}

/// The verdict, once it is certain.
pub fn verdict(plan: &Trial, new: &Tally, old: &Tally) -> Option<Verdict> {
    let allowed = plan.max_error_rate * plan.requests as f64;
    if new.failures as f64 > allowed {
        return Some(Verdict::Failed(format!(
            "{} of its first {} answers were failures; {:.1} % of {} are allowed",
            new.failures,
            new.answers,
            plan.max_error_rate * 100.0,
            plan.requests
        )));
    }
    if new.answers < plan.requests {
        return None;
    }
    if let (Some(most), Some(mean), Some(before)) = (plan.max_latency_ratio, new.mean(), old.mean())
        && mean > most * before
    {
        return Some(Verdict::Failed(format!(
            "its answers took {:.3} ms in the mean, those of the old generation {:.3} ms; {most} times that is allowed",
            mean * 1e3,
            before * 1e3
        )));
    }
    Some(Verdict::Passed)
}

/// A trial under way.
pub struct Run {
    /// How it is done.
    pub plan: Trial,
    /// Whom it is about.
    pub candidate: Arc<Active>,
    asked: AtomicU64,
    tallies: Mutex<[Tally; 2]>,
    verdict: watch::Sender<Option<Verdict>>,
}

impl Run {
    /// A trial at its beginning. `before` is how the old generation did so far: it counts where the trial
    /// leaves the old one no requests to compare with.
    pub fn new(plan: Trial, candidate: Arc<Active>, before: Tally) -> Self {
        let old = if plan.share < 1.0 { Tally::default() } else { before };
        Self {
            plan,
            candidate,
            asked: AtomicU64::new(0),
            tallies: Mutex::new([Tally::default(), old]),
            verdict: watch::Sender::new(None),
        }
    }

    /// Whether the next request is the candidate's: shares are exact, not random.
    pub fn takes_next(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) as f64;
        ((asked + 1.0) * self.plan.share).floor() > (asked * self.plan.share).floor()
    }

    /// Counts an answer, of the candidate or of the old generation.
    pub fn note(&self, by_candidate: bool, failed: bool, latency: Duration) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies[usize::from(!by_candidate)].add(failed, latency);
        let [new, old] = &*tallies;
        if let Some(verdict) = verdict(&self.plan, new, old) {
            self.verdict.send_if_modified(|given| {
                let first = given.is_none();
                given.get_or_insert(verdict);
                first
            });
        }
    }

    /// Waits for the verdict; a trial that takes too long has failed.
    pub async fn ended(&self) -> Verdict {
        let mut given = self.verdict.subscribe();
        let waited = tokio::time::timeout(self.plan.timeout, given.wait_for(Option::is_some)).await;
        match waited {
            // The sender is ours.
            Ok(Ok(verdict)) => verdict.clone().unwrap_or(Verdict::Passed),
            Ok(Err(_)) => Verdict::Failed("the trial was given up".to_owned()),
            Err(_) => {
                let answers = self.tallies.lock().unwrap_or_else(PoisonError::into_inner)[0].answers;
                Verdict::Failed(format!(
                    "it had answered {answers} of {} requests when the trial's time was up ({:?})",
                    self.plan.requests, self.plan.timeout
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAN: Trial = Trial {
        share: 0.1,
        requests: 100,
        max_error_rate: 0.05,
        max_latency_ratio: Some(2.0),
        timeout: Duration::from_secs(1),
    };

    fn tally(answers: u64, failures: u64, mean_ms: u64) -> Tally {
        Tally { answers, failures, latency: Duration::from_millis(answers * mean_ms) }
    }

    #[test]
    fn a_trial_passes_with_enough_good_answers_and_not_before() {
        assert_eq!(verdict(&PLAN, &tally(99, 5, 10), &tally(900, 0, 10)), None);
        assert_eq!(verdict(&PLAN, &tally(100, 5, 10), &tally(900, 0, 10)), Some(Verdict::Passed));
    }

    #[test]
    fn a_trial_ends_as_soon_as_it_can_no_longer_pass() {
        assert!(matches!(verdict(&PLAN, &tally(6, 6, 10), &tally(0, 0, 0)), Some(Verdict::Failed(_))));
    }

    #[test]
    fn a_trial_fails_when_the_new_generation_is_much_slower() {
        let slower = verdict(&PLAN, &tally(100, 0, 21), &tally(900, 0, 10));
        assert!(matches!(slower, Some(Verdict::Failed(why)) if why.contains("21.000 ms")));
        let unseen = Trial { max_latency_ratio: None, ..PLAN };
        assert_eq!(verdict(&unseen, &tally(100, 0, 21), &tally(900, 0, 10)), Some(Verdict::Passed));
    }

    proptest! {
        #[test]
        fn no_tally_gives_a_pass_with_too_many_failures(answers in 0u64..300, failures in 0u64..300) {
            let failures = failures.min(answers);
            let given = verdict(&PLAN, &tally(answers, failures, 1), &tally(1, 0, 1));
            if given == Some(Verdict::Passed) {
                prop_assert!(failures <= 5 && answers >= 100);
            }
        }
    }
}
