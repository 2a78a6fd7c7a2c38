//! Whether what lies there is finished. Pure: the clock is an argument.
//!
//! A writer may be at work at any moment. A plugin is finished when it says so itself (its manifest names
//! the digest that its artifact has), or when nobody has touched it for a while. The invariant: what is
//! [`Step::Read`] is read again only after it has changed.

use std::time::{Duration, Instant};

use super::read::Prints;

/// What is known of one plugin's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    prints: Prints,
    /// When they were first seen like this.
    since: Instant,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// They may still be written; whether they were read in vain, as they are now.
    Open { tried: bool },
    /// Told of, as found or as refused.
    Told,
}

/// What to do with a plugin now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: it was told of as it is.
    Known,
    /// Try to read it: it counts if it vouches for itself, else it is looked at again later.
    Try,
    /// Read it: nobody has touched it for long enough.
    Read,
    /// Look again then.
    Wait(Instant),
}

impl Seen {
    /// Files that were not there before. `old`: nobody has written to them for a while.
    pub(super) fn new(prints: Prints, now: Instant, old: bool, settle: Duration) -> Self {
        let since = if old { now.checked_sub(settle).unwrap_or(now) } else { now };
        Self { prints, since, state: State::Open { tried: false } }
    }

    /// Takes note of what lies there now.
    pub(super) fn look(&mut self, prints: Prints, now: Instant, settle: Duration) -> Step {
        if prints != self.prints {
            *self = Self::new(prints, now, false, settle);
        }
        match self.state {
            State::Told => Step::Known,
            State::Open { .. } if now.saturating_duration_since(self.since) >= settle => Step::Read,
            State::Open { tried: false } => Step::Try,
            State::Open { tried: true } => Step::Wait(self.since + settle),
        }
    }

    /// It was read too early, and does not vouch for itself.
    pub(super) fn tried(&mut self) {
        self.state = State::Open { tried: true };
    }

    /// It was told of.
    pub(super) fn told(&mut self) {
        self.state = State::Told;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;
    use crate::plugin::discovery::read::Print;

    const SETTLE: Duration = Duration::from_millis(500);

    fn print(text: &str) -> Prints {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        [None, Print::at(file.path()), None]
    }

    #[test]
    fn what_changes_is_tried_at_once_and_read_when_it_has_come_to_rest() {
        let start = Instant::now();
        let files = print("a");
        let mut seen = Seen::new(files, start, false, SETTLE);
        assert_eq!(seen.look(files, start, SETTLE), Step::Try);
        seen.tried();
        assert_eq!(seen.look(files, start, SETTLE), Step::Wait(start + SETTLE));
        assert_eq!(seen.look(files, start + SETTLE, SETTLE), Step::Read);
        seen.told();
        assert_eq!(seen.look(files, start + SETTLE * 2, SETTLE), Step::Known);
    }

    #[test]
    fn what_nobody_has_written_to_for_a_while_is_read_at_once() {
        let (start, files) = (Instant::now(), print("a"));
        assert_eq!(Seen::new(files, start, true, SETTLE).look(files, start, SETTLE), Step::Read);
    }

    proptest! {
        #[test]
        fn nothing_is_read_within_the_settling_time_of_a_change(
            changes in prop::collection::vec((0usize..2, 0u64..400), 1..20),
        ) {
            let files = [print("a"), print("bb")];
            let mut now = Instant::now();
            let (mut seen, mut changed) = (Seen::new(files[0], now, false, SETTLE), now);
            let mut last = 0;
            for (next, pause) in changes {
                now += Duration::from_millis(pause);
                if next != last {
                    (last, changed) = (next, now);
                }
                let step = seen.look(files[next], now, SETTLE);
                if step == Step::Read {
                    prop_assert!(now - changed >= SETTLE);
                }
                if step == Step::Try {
                    seen.tried();
                }
            }
        }
    }
}
