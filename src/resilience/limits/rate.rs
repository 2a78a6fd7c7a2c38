//! How often something may happen, for each key apart.
//!
//! The generic cell rate algorithm, by `governor`: a key earns cells evenly and may save up a burst of
//! them. The invariants: over any time, at most burst + rate · time pass; whoever is refused is told the
//! time after which a cell is there; the number of keys is bounded.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config::Rate;

/// Keys that share when there are too many to tell apart fall into so many groups.
const GROUPS: u64 = 256;

/// A rate limit for each key; keys are cheap to make up, so those that are too many share.
pub struct RateLimit<K, C = DefaultClock>
where
    K: Hash + Eq + Clone,
    C: Clock,
{
    limiter: Option<Limiter<K, C>>,
    clock: C,
    known: usize,
    groups: RandomState,
}

type Limiter<K, C> =
    RateLimiter<Slot<K>, DashMapStateStore<Slot<K>>, C, NoOpMiddleware<<C as Clock>::Instant>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Slot<K> {
    Own(K),
    Shared(u64),
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> RateLimit<K, C> {
    /// A limit of `rate` with bursts of `burst`, for `known` keys at once.
    pub fn new(rate: Rate, burst: NonZeroU32, known: usize, clock: C) -> Self {
        let quota = match rate {
            Rate::Unlimited => None,
            Rate::Times(times, period) => {
                // A rate beyond one in a nanosecond bounds nothing.
                Quota::with_period(period / times.get()).map(|quota| quota.allow_burst(burst))
            }
        };
        let limiter = quota.map(|quota| RateLimiter::dashmap_with_clock(quota, clock.clone()));
        Self { limiter, clock, known, groups: RandomState::new() }
    }

    /// Takes a cell, or says after what time there is one.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let slot = if self.is_full(limiter) {
            Slot::Shared(self.groups.hash_one(key) % GROUPS)
        } else {
            Slot::Own(key.clone())
        };
        limiter.check_key(&slot).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    /// Keys that are told apart right now.
    pub fn keys(&self) -> usize {
        self.limiter.as_ref().map_or(0, RateLimiter::len)
    }

    /// Whether there are too many keys, even without those that have all their cells again.
    fn is_full(&self, limiter: &Limiter<K, C>) -> bool {
        if limiter.len() <= self.known {
            return false;
        }
        limiter.retain_recent();
        limiter.len() > self.known
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(times: u32, burst: u32, known: usize) -> (RateLimit<u32, FakeRelativeClock>, FakeRelativeClock) {
        let (clock, number) = (FakeRelativeClock::default(), |count| NonZeroU32::new(count).unwrap());
        let rate = Rate::Times(number(times), SECOND);
        (RateLimit::new(rate, number(burst), known, clock.clone()), clock)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let (limit, clock) = limit(10, 5, 100);
        assert_eq!((0..100).filter(|_| limit.check(&1).is_ok()).count(), 5);
        assert!(limit.check(&2).is_ok(), "each key has its own");
        clock.advance(SECOND / 2);
        assert_eq!((0..100).filter(|_| limit.check(&1).is_ok()).count(), 5);
    }

    #[test]
    fn an_unlimited_rate_limits_nothing_and_remembers_nobody() {
        let clock = FakeRelativeClock::default();
        let limit = RateLimit::new(Rate::Unlimited, NonZeroU32::MIN, 1, clock);
        assert!((0..1000).all(|key| limit.check(&key).is_ok()));
        assert_eq!(limit.keys(), 0);
    }

    #[test]
    fn keys_without_number_take_no_memory_without_bound_and_are_limited_all_the_same() {
        let (limit, clock) = limit(1, 2, 100);
        let passed = (0..100_000).filter(|key| limit.check(key).is_ok()).count();
        assert!(limit.keys() <= 101 + GROUPS as usize, "{}", limit.keys());
        assert!(passed <= 101 + 2 * GROUPS as usize, "{passed}");
        clock.advance(10 * SECOND);
        assert!(limit.check(&0).is_ok());
        assert_eq!(limit.keys(), 1, "those that have all their cells again are forgotten");
    }

    proptest! {
        #[test]
        fn no_more_than_burst_and_rate_pass_and_who_waits_as_told_passes(
            times in 1u32..1000,
            burst in 1u32..50,
            pauses in prop::collection::vec(0u64..50, 1..300),
        ) {
            let (limit, clock) = limit(times, burst, 10);
            let (mut gone, mut passed) = (Duration::ZERO, 0u32);
            for pause in pauses {
                let pause = Duration::from_millis(pause);
                clock.advance(pause);
                gone += pause;
                if let Err(wait) = limit.check(&7) {
                    prop_assert!(!wait.is_zero());
                    clock.advance(wait);
                    gone += wait;
                    prop_assert!(limit.check(&7).is_ok(), "after {wait:?}");
                }
                passed += 1;
                // A cell's time is rounded down to a nanosecond.
                let most = f64::from(burst) + f64::from(times) * gone.as_secs_f64() * 1.00001;
                prop_assert!(f64::from(passed) <= most + 1e-6, "{passed} of {most}");
            }
        }
    }
}
