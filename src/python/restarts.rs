//! When a driver that keeps dying may be started again.
//!
//! A worker that has done some work and dies is replaced at once, however often: it is the work or the machine that
//! kills it, and breakers look after that. One that dies before it has answered anything is not worth a process each
//! time somebody asks.

use std::time::{Duration, Instant};

/// The wait after the second death in a row; it doubles from there.
const FIRST: Duration = Duration::from_millis(100);

/// Starts that came to nothing, in a row.
#[derive(Debug)]
pub(super) struct Restarts {
    in_vain: u32,
    not_before: Option<Instant>,
    longest: Duration,
}

impl Restarts {
    pub(super) fn new(longest: Duration) -> Self {
        Self { in_vain: 0, not_before: None, longest }
    }

    /// How long to wait before the next start.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        self.not_before?.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    /// A worker did not come up, or died before it had answered anything.
    pub(super) fn died_in_vain(&mut self, now: Instant) {
        self.in_vain = self.in_vain.saturating_add(1);
        let doublings = self.in_vain.checked_sub(2);
        let wait = doublings.map(|doublings| FIRST.saturating_mul(1 << doublings.min(20)).min(self.longest));
        self.not_before = wait.map(|wait| now + wait);
    }

    /// A worker has answered something.
    pub(super) fn worked(&mut self) {
        self.in_vain = 0;
        self.not_before = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_death_costs_nothing_each_further_one_twice_as_much_and_work_ends_it() {
        let now = Instant::now();
        let mut restarts = Restarts::new(Duration::from_secs(1));
        let waits: Vec<_> = (0..7)
            .map(|_| {
                restarts.died_in_vain(now);
                restarts.wait(now).map_or(0, |wait| wait.as_millis())
            })
            .collect();
        assert_eq!(waits, [0, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(restarts.wait(now + Duration::from_secs(1)), None);
        restarts.worked();
        assert_eq!(restarts.wait(now), None);
    }
}
