//! Until when a request may take: the smallest of what its transport, its options and the config allow.
//!
//! The invariant: every request has a deadline, and none lies beyond `deadlines.longest`. Who set it
//! travels along, so that a timeout can name the key or the caller to turn to.

use std::time::{Duration, Instant};

/// Who set a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The caller, by the transport's own means (`grpc-timeout`).
    Transport,
    /// The caller, by an option of the request.
    Option,
    /// The configuration, because the caller set none.
    Default,
    /// The configuration, because the caller asked for more than anybody gets.
    Longest,
}

/// When a request must be over, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The end.
    pub at: Instant,
    /// Who set it.
    pub bound: Bound,
}

impl Deadline {
    /// The smallest of `transport` (a point in time) and `option` (from now on), or `default` where the
    /// caller set neither; never more than `longest`.
    pub fn smallest(
        now: Instant,
        transport: Option<Instant>,
        option: Option<Duration>,
        default: Duration,
        longest: Duration,
    ) -> Self {
        let transport = transport.map(|end| (end.saturating_duration_since(now), Bound::Transport));
        let asked = [transport, option.map(|time| (time, Bound::Option))];
        let asked = asked.into_iter().flatten().min_by_key(|(time, _)| *time);
        let (time, bound) = asked.unwrap_or((default, Bound::Default));
        let (time, bound) = if time > longest { (longest, Bound::Longest) } else { (time, bound) };
        Self { at: now + time, bound }
    }

    /// What is left of it.
    pub fn left(&self, now: Instant) -> Duration {
        self.at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_smallest_counts_and_is_named() {
        let now = Instant::now();
        let smallest = |transport: Option<u32>, option: Option<u32>| {
            let transport = transport.map(|seconds| now + SECOND * seconds);
            let option = option.map(|seconds| SECOND * seconds);
            let deadline = Deadline::smallest(now, transport, option, SECOND * 60, SECOND * 100);
            (deadline.left(now).as_secs(), deadline.bound)
        };
        assert_eq!(smallest(None, None), (60, Bound::Default));
        assert_eq!(smallest(Some(5), None), (5, Bound::Transport));
        assert_eq!(smallest(Some(5), Some(3)), (3, Bound::Option));
        assert_eq!(smallest(Some(80), Some(90)), (80, Bound::Transport));
        assert_eq!(smallest(Some(500), Some(900)), (100, Bound::Longest));
    }

    #[test]
    fn a_transport_deadline_that_has_passed_leaves_nothing() {
        let before = Instant::now();
        let now = before + SECOND;
        let deadline = Deadline::smallest(now, Some(before), Some(SECOND), SECOND, SECOND);
        assert_eq!((deadline.at, deadline.left(now)), (now, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn no_deadline_is_beyond_any_of_its_bounds(
            transport in prop::option::of(0u64..1_000_000),
            option in prop::option::of(1u64..1_000_000),
            default in 1u64..1_000_000,
            longest in 1u64..1_000_000,
        ) {
            let now = Instant::now();
            let millis = Duration::from_millis;
            let end = transport.map(|time| now + millis(time));
            let deadline = Deadline::smallest(now, end, option.map(millis), millis(default), millis(longest));
            let left = deadline.left(now);
            prop_assert!(left <= millis(longest));
            prop_assert!(transport.is_none_or(|time| left <= millis(time)));
            prop_assert!(option.is_none_or(|time| left <= millis(time)));
            prop_assert!(transport.is_some() || option.is_some() || left <= millis(default));
        }
    }
}
