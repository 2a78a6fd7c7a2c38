//! How many requests there were lately, and how long they took, second by second.
//!
//! For people who look now: a page that is opened shows the last minutes at once, without a server that
//! scrapes. Dashboards and alerts go by the metrics, which are counted in the same moment.
//!
//! The invariant: what is kept is bounded by the history's length, whatever the load. Latencies are counted in
//! buckets of four an octave, so a quantile is off by less than a tenth of its value.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::telemetry::metrics::Status;

/// Buckets in which latency doubles.
const PER_OCTAVE: usize = 4;
/// From a microsecond to over two minutes.
const BUCKETS: usize = 28 * PER_OCTAVE;

/// What became of a request, as availability sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was answered.
    Answered,
    /// It was refused for what the caller asked, or how much, or the caller went away.
    Refused,
    /// The host or a driver could not do what it should.
    Failed,
}

impl From<Status> for Verdict {
    /// The statuses that count against availability are those of the rules in `deploy/observability`.
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Answered,
            Status::Unavailable
            | Status::Internal
            | Status::DeadlineExceeded
            | Status::Aborted
            | Status::Unknown
            | Status::DataLoss => Self::Failed,
            _ => Self::Refused,
        }
    }
}

/// One second of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The second, counted from the host's start.
    pub second: u64,
    /// Requests that were answered.
    pub answered: u32,
    /// Requests that were refused.
    pub refused: u32,
    /// Requests that failed.
    pub failed: u32,
    /// Latency that half, 95 % and 99 % of them kept within.
    pub latency: [Duration; 3],
}

/// The requests of the last minutes.
#[derive(Debug)]
pub struct Traffic {
    started: (Instant, SystemTime),
    /// Seconds kept.
    most: u64,
    /// Seconds with a request, oldest first.
    seconds: Mutex<VecDeque<Second>>,
}

#[derive(Debug)]
struct Second {
    /// Counted from the start.
    at: u64,
    verdicts: [u32; 3],
    latencies: [u32; BUCKETS],
}

impl Traffic {
    /// None yet; `history` is how far back it is remembered.
    pub fn new(history: Duration) -> Self {
        let started = (Instant::now(), SystemTime::now());
        Self { started, most: history.as_secs().max(1), seconds: Mutex::default() }
    }

    /// When counting began, which is when the host started.
    pub fn started(&self) -> SystemTime {
        self.started.1
    }

    /// How long ago that was.
    pub fn uptime(&self) -> Duration {
        self.started.0.elapsed()
    }

    /// Counts a request that ended now.
    pub fn note(&self, verdict: Verdict, latency: Duration) {
        self.note_at(self.uptime().as_secs(), verdict, latency);
    }

    /// The seconds with a request that are over, oldest first.
    pub fn samples(&self) -> Vec<Sample> {
        self.samples_at(self.uptime().as_secs())
    }

    fn note_at(&self, second: u64, verdict: Verdict, latency: Duration) {
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever took the time earlier may come to the lock later.
        if seconds.back().is_none_or(|last| last.at < second) {
            while seconds.front().is_some_and(|first| first.at + self.most < second) {
                seconds.pop_front();
            }
            seconds.push_back(Second { at: second, verdicts: [0; 3], latencies: [0; BUCKETS] });
        }
        if let Some(last) = seconds.back_mut() {
            let (verdict, latency) = (verdict as usize, bucket(latency));
            last.verdicts[verdict] = last.verdicts[verdict].saturating_add(1);
            last.latencies[latency] = last.latencies[latency].saturating_add(1);
        }
    }

    fn samples_at(&self, now: u64) -> Vec<Sample> {
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |one: &&Second| one.at < now && one.at + self.most >= now;
        seconds.iter().filter(shown).map(Second::sample).collect()
    }
}

impl Second {
    fn sample(&self) -> Sample {
        let [answered, refused, failed] = self.verdicts;
        let latency = [0.5, 0.95, 0.99].map(|share| self.quantile(share));
        Sample { second: self.at, answered, refused, failed, latency }
    }

    /// The middle of the bucket in which the quantile lies.
    fn quantile(&self, share: f64) -> Duration {
        let total: u64 = self.latencies.iter().map(|count| u64::from(*count)).sum();
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        let found = self.latencies.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        let place = (found.unwrap_or(0) as f64 + 0.5) / PER_OCTAVE as f64;
        Duration::from_secs_f64(place.exp2() * 1e-6)
    }
}

/// Where a latency is counted.
fn bucket(latency: Duration) -> usize {
    let octaves = (latency.as_secs_f64() * 1e6).max(1.0).log2();
    ((octaves * PER_OCTAVE as f64) as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: Duration = Duration::from_secs(5);

    #[test]
    fn a_second_is_told_once_it_is_over() {
        let traffic = Traffic::new(FEW);
        traffic.note_at(3, Verdict::Answered, Duration::from_millis(2));
        traffic.note_at(3, Verdict::Refused, Duration::from_millis(2));
        traffic.note_at(3, Verdict::Failed, Duration::from_millis(2));
        assert!(traffic.samples_at(3).is_empty());
        let samples = traffic.samples_at(4);
        let counts: Vec<_> =
            samples.iter().map(|one| (one.second, one.answered, one.refused, one.failed)).collect();
        assert_eq!(counts, [(3, 1, 1, 1)]);
    }

    #[test]
    fn what_is_older_than_the_history_is_forgotten() {
        let traffic = Traffic::new(FEW);
        for second in 0..100 {
            traffic.note_at(second, Verdict::Answered, Duration::ZERO);
        }
        let seconds: Vec<_> = traffic.samples_at(100).iter().map(|one| one.second).collect();
        assert_eq!(seconds, [95, 96, 97, 98, 99]);
        assert!(traffic.seconds.lock().unwrap_or_else(PoisonError::into_inner).len() <= 6);
        assert!(traffic.samples_at(1000).is_empty());
    }

    #[test]
    fn quantiles_are_off_by_less_than_a_tenth() {
        for micros in [1, 17, 480, 3_300, 250_000, 59_000_000] {
            let traffic = Traffic::new(FEW);
            let exact = Duration::from_micros(micros);
            traffic.note_at(0, Verdict::Answered, exact);
            let ratio = traffic.samples_at(1)[0].latency[1].as_secs_f64() / exact.as_secs_f64();
            assert!((0.9..1.1).contains(&ratio), "{micros} µs are off by {ratio}");
        }
    }

    #[test]
    fn the_slowest_of_a_hundred_shows_in_no_median() {
        let traffic = Traffic::new(FEW);
        for _ in 0..98 {
            traffic.note_at(0, Verdict::Answered, Duration::from_millis(1));
        }
        for _ in 0..2 {
            traffic.note_at(0, Verdict::Answered, Duration::from_hours(1));
        }
        let [half, most, nearly_all] = traffic.samples_at(1)[0].latency;
        assert!(half < Duration::from_millis(2) && most < Duration::from_millis(2));
        assert!(nearly_all > Duration::from_mins(1));
    }

    #[test]
    fn what_callers_do_wrong_is_no_failure() {
        assert_eq!(Verdict::from(Status::InvalidArgument), Verdict::Refused);
        assert_eq!(Verdict::from(Status::ResourceExhausted), Verdict::Refused);
        assert_eq!(Verdict::from(Status::Cancelled), Verdict::Refused);
        assert_eq!(Verdict::from(Status::Unavailable), Verdict::Failed);
        assert_eq!(Verdict::from(Status::Ok), Verdict::Answered);
    }
}
