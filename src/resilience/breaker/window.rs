//! Counts of the last while, in ten buckets that are overwritten as time goes on.
//!
//! The invariant: a call is counted for at least nine tenths of the window and at most all of it.

use std::time::{Duration, Instant};

const BUCKETS: u64 = 10;

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) failures: u64,
    pub(super) slow: u64,
}

impl Counts {
    /// Whether `part` of the calls is at least `percent` of them.
    pub(super) fn reaches(self, part: u64, percent: u8) -> bool {
        part > 0 && part * 100 >= self.calls * u64::from(percent)
    }
}

/// A sliding window.
#[derive(Debug, Clone)]
pub(super) struct Window {
    origin: Instant,
    width: Duration,
    /// Each with the number of its slice of time.
    buckets: [(u64, Counts); BUCKETS as usize],
}

impl Window {
    /// An empty window of this length; no call is older than `origin`.
    pub(super) fn new(length: Duration, origin: Instant) -> Self {
        let width = (length / BUCKETS as u32).max(Duration::from_nanos(1));
        Self { origin, width, buckets: [(0, Counts::default()); BUCKETS as usize] }
    }

    /// Counts a call.
    pub(super) fn add(&mut self, now: Instant, failed: bool, slow: bool) {
        let slice = self.slice(now);
        let bucket = &mut self.buckets[(slice % BUCKETS) as usize];
        if bucket.0 < slice {
            *bucket = (slice, Counts::default());
        }
        bucket.1.calls += 1;
        bucket.1.failures += u64::from(failed);
        bucket.1.slow += u64::from(slow);
    }

    /// What the window holds.
    pub(super) fn counts(&self, now: Instant) -> Counts {
        let slice = self.slice(now);
        let recent = self.buckets.iter().filter(|(number, _)| number + BUCKETS > slice);
        recent.fold(Counts::default(), |sum, (_, counts)| Counts {
            calls: sum.calls + counts.calls,
            failures: sum.failures + counts.failures,
            slow: sum.slow + counts.slow,
        })
    }

    fn slice(&self, now: Instant) -> u64 {
        let age = now.saturating_duration_since(self.origin).as_nanos() / self.width.as_nanos();
        u64::try_from(age).unwrap_or(u64::MAX - BUCKETS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_call_counts_for_nine_tenths_of_the_window_and_no_longer_than_all_of_it(
            steps in prop::collection::vec((0u64..400, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let origin = Instant::now();
            let length = Duration::from_secs(1);
            let mut window = Window::new(length, origin);
            let (mut now, mut calls) = (origin, Vec::new());
            for (pause, failed, slow) in steps {
                now += Duration::from_millis(pause);
                window.add(now, failed, slow);
                calls.push((now, failed, slow));
                let within = |age: Duration| {
                    let recent = calls.iter().filter(|(at, ..)| now.duration_since(*at) < age);
                    recent.fold([0u64; 3], |[all, bad, late], (_, failed, slow)| {
                        [all + 1, bad + u64::from(*failed), late + u64::from(*slow)]
                    })
                };
                let Counts { calls: all, failures, slow } = window.counts(now);
                let (least, most) = (within(length * 9 / 10), within(length));
                for (at, counted) in [all, failures, slow].into_iter().enumerate() {
                    prop_assert!((least[at]..=most[at]).contains(&counted), "{counted}: {least:?} {most:?}");
                }
            }
        }
    }

    #[test]
    fn shares_are_exact_at_their_border() {
        let counts = Counts { calls: 20, failures: 10, slow: 0 };
        assert!(counts.reaches(10, 50));
        assert!(!counts.reaches(9, 50));
        assert!(!counts.reaches(0, 0), "a share of nothing is never reached");
    }
}
