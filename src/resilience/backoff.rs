//! How long to wait before an attempt is repeated.
//!
//! Exponential with full jitter: before retry *n* the pause is drawn evenly from nothing up to
//! `first · 2ⁿ⁻¹`, at most `longest`. Drawing from the whole range spreads callers that failed together
//! best, and costs less work in all than any other way (M. Brooker, "Exponential Backoff And Jitter",
//! AWS Architecture Blog, 2015). The invariant: a pause is never shorter than the backend asked for, and
//! never longer than that and the ceiling together.

use std::time::{Duration, Instant};

use rand::Rng;

use crate::config::RetryConfig;

/// The pauses between attempts, and how often and how long they go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    attempts: u32,
    first: Duration,
    longest: Duration,
    within: Duration,
}

/// How far an execution has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Attempts made so far, at least 1.
    pub made: u32,
    /// When the first one began.
    pub began: Instant,
}

/// What limits the number of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cap {
    /// `retry.attempts`.
    Attempts,
    /// `retry.within`.
    Time,
}

impl Backoff {
    /// As the config says.
    pub fn new(config: &RetryConfig) -> Self {
        Self {
            attempts: config.attempts,
            first: config.first_delay,
            longest: config.longest_delay,
            within: config.within,
        }
    }

    /// The longest pause before retry `retry`, which counts from 1.
    pub fn ceiling(&self, retry: u32) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// The pause before the next attempt, or what forbids one. A backend that said when to come back is
    /// not asked earlier, and the jitter on top keeps its callers from coming back all at once.
    pub(super) fn next(
        &self,
        tries: Tries,
        retry_after: Option<Duration>,
        now: Instant,
        rng: &mut impl Rng,
    ) -> Result<Duration, Cap> {
        if tries.made >= self.attempts {
            return Err(Cap::Attempts);
        }
        let jitter = self.ceiling(tries.made).mul_f64(rng.random_range(0.0..=1.0));
        let pause = retry_after.unwrap_or_default().saturating_add(jitter);
        let end = now.saturating_duration_since(tries.began).saturating_add(pause);
        if end > self.within { Err(Cap::Time) } else { Ok(pause) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::SmallRng;

    use super::*;

    fn backoff(first: u64, longest: u64, attempts: u32) -> Backoff {
        let (first, longest) = (Duration::from_millis(first), Duration::from_millis(longest));
        Backoff { attempts, first, longest, within: Duration::from_secs(100) }
    }

    fn tries(made: u32, began: Instant) -> Tries {
        Tries { made, began }
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_longest_pause() {
        let ceilings: Vec<_> = (1..=6).map(|retry| backoff(50, 500, 9).ceiling(retry).as_millis()).collect();
        assert_eq!(ceilings, [50, 100, 200, 400, 500, 500]);
        assert_eq!(backoff(50, 500, 9).ceiling(u32::MAX).as_millis(), 500);
    }

    #[test]
    fn pauses_are_spread_over_the_whole_range() {
        let (mut rng, now) = (SmallRng::seed_from_u64(7), Instant::now());
        let pauses: Vec<f64> = (0..2000)
            .filter_map(|_| backoff(100, 100, 9).next(tries(1, now), None, now, &mut rng).ok())
            .map(|pause| pause.as_secs_f64() * 1e3)
            .collect();
        let mean = pauses.iter().sum::<f64>() / 2000.0;
        // The mean of 2,000 draws from 0..100 has a standard deviation of 0.65.
        assert!((mean - 50.0).abs() < 4.0, "{mean}");
        for tenth in 0..10 {
            let range = f64::from(tenth) * 10.0..f64::from(tenth + 1) * 10.0;
            let share = pauses.iter().filter(|pause| range.contains(pause)).count();
            assert!((120..=280).contains(&share), "{share} of 2000 in {range:?} ms");
        }
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let (mut rng, now) = (SmallRng::seed_from_u64(7), Instant::now());
        assert!(backoff(1, 1, 3).next(tries(2, now), None, now, &mut rng).is_ok());
        assert_eq!(backoff(1, 1, 3).next(tries(3, now), None, now, &mut rng), Err(Cap::Attempts));
        assert_eq!(backoff(1, 1, 1).next(tries(1, now), None, now, &mut rng), Err(Cap::Attempts));
    }

    proptest! {
        #[test]
        fn every_pause_keeps_its_bounds(
            seed: u64,
            first in 0u64..10_000,
            longest in 0u64..100_000,
            made in 1u32..100,
            retry_after in prop::option::of(0u64..200_000),
            gone in 0u64..200_000,
        ) {
            let backoff = backoff(first, longest, 50);
            let began = Instant::now();
            let now = began + Duration::from_millis(gone);
            let asked = retry_after.map(Duration::from_millis);
            let next = backoff.next(tries(made, began), asked, now, &mut SmallRng::seed_from_u64(seed));
            let least = asked.unwrap_or_default();
            match next {
                Ok(pause) => {
                    prop_assert!(made < 50);
                    prop_assert!(pause >= least);
                    prop_assert!(pause <= least + Duration::from_millis(longest));
                    prop_assert!(now + pause <= began + backoff.within);
                }
                Err(Cap::Attempts) => prop_assert!(made >= 50),
                Err(Cap::Time) => {
                    prop_assert!(now + least + backoff.ceiling(made) > began + backoff.within);
                }
            }
        }
    }
}
