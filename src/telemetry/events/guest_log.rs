//! What a guest says, and how much of it is listened to.
//!
//! The budget is a token bucket that takes the clock as an argument: a guest may say a second's worth of
//! bytes at once, then as many a second. What does not fit is dropped whole and counted, and the count is
//! told with the next line that does.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use serde::ser::{SerializeMap, Serializer};
use tracing::{Level, debug, error, info, trace, warn};

use super::{Event, GUEST_TARGET, TARGET};
use crate::telemetry::{log::cut, metrics::Metrics};

/// Fields of one line that are kept.
const MAX_FIELDS: usize = 32;
/// Longest key of a field, in bytes.
const MAX_KEY: usize = 64;
/// All fields of a line together, in bytes before escaping; kept under what a log value may hold.
const MAX_FIELDS_BYTES: usize = 1024;

/// One line from a guest: through the log import, or its standard output or error.
#[derive(Debug, Clone, Copy)]
pub struct GuestLog<'a> {
    /// The driver.
    pub driver: &'a str,
    /// Its generation.
    pub generation: u64,
    /// Which of its instances.
    pub instance: u64,
    /// How serious the guest finds it.
    pub level: Level,
    /// The line.
    pub message: &'a str,
    /// What the guest adds; keys and values are cut, and dropped beyond a kilobyte.
    pub fields: &'a [(String, String)],
}

impl GuestLog<'_> {
    /// The fields as a JSON object, bounded so that the log's own bound never cuts into it.
    fn fields_json(&self) -> Option<String> {
        if self.fields.is_empty() {
            return None;
        }
        let mut json = Vec::new();
        let mut room = MAX_FIELDS_BYTES;
        let mut serializer = serde_json::Serializer::new(&mut json);
        let mut map = serializer.serialize_map(None).ok()?;
        for (key, value) in self.fields.iter().take(MAX_FIELDS) {
            let key = cut(key, MAX_KEY.min(room));
            room = room.saturating_sub(key.len());
            let value = cut(value, room);
            room = room.saturating_sub(value.len());
            map.serialize_entry(&key, &value).ok()?;
            if room == 0 {
                break;
            }
        }
        map.end().ok()?;
        String::from_utf8(json).ok()
    }
}

impl Event for GuestLog<'_> {
    const NAME: &'static str = "guest_log";

    fn message(&self) -> &str {
        self.message
    }

    fn log(&self) {
        // The level of an event is fixed where it is written, hence one place for each.
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: GUEST_TARGET,
                    event = Self::NAME,
                    driver_name = self.driver,
                    generation = self.generation,
                    instance = self.instance,
                    fields_json = self.fields_json().as_deref(),
                    "{}",
                    self.message
                )
            };
        }
        match self.level {
            Level::ERROR => line!(error),
            Level::WARN => line!(warn),
            Level::INFO => line!(info),
            Level::DEBUG => line!(debug),
            Level::TRACE => line!(trace),
        }
    }
}

/// Lines of a guest were beyond its rate.
#[derive(Debug, Clone, Copy)]
pub struct GuestLogDropped<'a> {
    /// The driver.
    pub driver: &'a str,
    /// Its generation.
    pub generation: u64,
    /// How many lines since the last one that was written.
    pub lines: u64,
}

impl Event for GuestLogDropped<'_> {
    const NAME: &'static str = "guest_log_dropped";

    fn message(&self) -> &'static str {
        "guest log lines dropped; `log_rate` of the driver's limits raises the bound"
    }

    fn log(&self) {
        warn!(
            target: TARGET,
            event = Self::NAME,
            driver_name = self.driver,
            generation = self.generation,
            lines = self.lines,
            "{}",
            self.message()
        );
    }

    fn count(&self, metrics: &Metrics) {
        metrics.log_lines_dropped(self.driver, self.lines);
        metrics.budget_refused(self.driver, "log_rate", self.lines);
    }
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Admission<'a> {
    /// Write it.
    Pass {
        /// The line, cut if it was too long.
        line: Cow<'a, str>,
        /// Lines dropped since the last one that passed: if any, say so in a [`GuestLogDropped`].
        dropped: u64,
    },
    /// Leave it; it is counted.
    Drop,
}

/// How much one driver generation may log: bytes a second, and bytes a line.
#[derive(Debug)]
pub struct GuestLogBudget {
    /// Bytes a second; also the most that is saved up.
    rate: u64,
    /// Longest line, in bytes.
    longest: usize,
    /// What may be said now, in billionths of a byte, so that no fraction is lost between lines.
    saved: u128,
    filled: Instant,
    dropped: u64,
}

const NANO: u128 = 1_000_000_000;

impl GuestLogBudget {
    /// A full budget. `rate` is in bytes a second, `longest` in bytes.
    pub fn new(rate: u64, longest: usize, now: Instant) -> Self {
        Self { rate, longest, saved: u128::from(rate) * NANO, filled: now, dropped: 0 }
    }

    /// Decides about a line. A clock that goes back stands still.
    pub fn admit<'a>(&mut self, line: &'a str, now: Instant) -> Admission<'a> {
        let elapsed = now.saturating_duration_since(self.filled);
        self.filled = self.filled.max(now);
        let full = u128::from(self.rate) * NANO;
        self.saved = full.min(self.saved + earned(self.rate, elapsed));

        let line = cut(line, self.longest);
        // An empty line costs something too: its envelope is written.
        let cost = (line.len().max(1) as u128) * NANO;
        if cost > self.saved {
            self.dropped = self.dropped.saturating_add(1);
            return Admission::Drop;
        }
        self.saved -= cost;
        Admission::Pass { line, dropped: std::mem::take(&mut self.dropped) }
    }

    /// Lines dropped and not yet told; asks once, then starts from zero. For the end of a generation.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

/// What a time earns, in billionths of a byte. More than a second fills the bucket anyway.
fn earned(rate: u64, elapsed: Duration) -> u128 {
    u128::from(rate) * elapsed.min(Duration::from_secs(1)).as_nanos()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passes(budget: &mut GuestLogBudget, line: &str, now: Instant) -> bool {
        matches!(budget.admit(line, now), Admission::Pass { .. })
    }

    #[test]
    fn a_second_s_worth_passes_at_once_and_then_as_much_as_time_earns() {
        let start = Instant::now();
        let mut budget = GuestLogBudget::new(100, 50, start);
        let line = "x".repeat(50);
        assert!(passes(&mut budget, &line, start));
        assert!(passes(&mut budget, &line, start));
        assert!(!passes(&mut budget, &line, start));
        assert!(!passes(&mut budget, &line, start + Duration::from_millis(499)));
        assert!(passes(&mut budget, &line, start + Duration::from_millis(500)));
    }

    #[test]
    fn the_next_line_that_passes_tells_how_many_were_dropped() {
        let start = Instant::now();
        let mut budget = GuestLogBudget::new(10, 10, start);
        assert!(passes(&mut budget, "0123456789", start));
        for _ in 0..3 {
            assert_eq!(budget.admit("x", start), Admission::Drop);
        }
        let later = start + Duration::from_secs(1);
        assert_eq!(budget.admit("y", later), Admission::Pass { line: "y".into(), dropped: 3 });
        assert_eq!(budget.admit("z", later), Admission::Pass { line: "z".into(), dropped: 0 });
        assert_eq!(budget.take_dropped(), 0);
    }

    #[test]
    fn a_long_line_is_cut_and_pays_for_what_is_left() {
        let start = Instant::now();
        let mut budget = GuestLogBudget::new(100, 8, start);
        let long = "é".repeat(1000);
        match budget.admit(&long, start) {
            Admission::Pass { line, .. } => assert_eq!(line, "éééé…"),
            Admission::Drop => unreachable!("the budget is full"),
        }
    }

    proptest! {
        #[test]
        fn no_guest_ever_gets_more_than_its_rate(
            rate in 1u64..10_000,
            lines in prop::collection::vec((0u64..2_000, 0usize..300), 1..200),
        ) {
            let start = Instant::now();
            let mut budget = GuestLogBudget::new(rate, 200, start);
            let (mut now, mut passed, mut told) = (start, 0u64, 0u64);
            let mut dropped = 0u64;
            for (millis, length) in lines {
                now += Duration::from_millis(millis);
                match budget.admit(&"x".repeat(length), now) {
                    Admission::Pass { line, dropped } => { passed += line.len() as u64; told += dropped; }
                    Admission::Drop => dropped += 1,
                }
            }
            let seconds = now.duration_since(start).as_secs_f64();
            prop_assert!(passed as f64 <= rate as f64 * (1.0 + seconds) + 1.0);
            prop_assert_eq!(told + budget.take_dropped(), dropped);
        }
    }
}
