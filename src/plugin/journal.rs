//! What happened to drivers, for operators who watch.
//!
//! A ring of numbered events. Whoever watches reads from the number it has seen last, so that a slow
//! reader holds nobody up: what left the ring is a gap in the numbers, and the reader sees it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use crate::model::{DriverName, Generation};

/// Something that happened to a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Grows by one an event, from 1 at the start of the process.
    pub sequence: u64,
    /// When.
    pub time: SystemTime,
    /// What, as a word for machines.
    pub kind: &'static str,
    /// To whom; `None` where it concerns none, as a reload of the config.
    pub driver: Option<DriverName>,
    /// To which generation.
    pub generation: Option<Generation>,
    /// What, as a sentence for people.
    pub message: String,
    /// Everything else.
    pub fields: BTreeMap<&'static str, String>,
}

/// The events kept.
pub struct Journal {
    kept: Mutex<VecDeque<Event>>,
    most: usize,
    latest: watch::Sender<u64>,
}

impl Journal {
    /// An empty journal that keeps so many events, at least one.
    pub fn new(most: usize) -> Self {
        Self { kept: Mutex::default(), most: most.max(1), latest: watch::Sender::new(0) }
    }

    /// Writes an event down; its number and time are given to it here.
    pub fn note(
        &self,
        kind: &'static str,
        (driver, generation): (Option<&DriverName>, Option<Generation>),
        message: impl Into<String>,
        fields: impl IntoIterator<Item = (&'static str, String)>,
    ) {
        let mut kept = self.kept();
        let sequence = *self.latest.borrow() + 1;
        if kept.len() == self.most {
            kept.pop_front();
        }
        kept.push_back(Event {
            sequence,
            time: SystemTime::now(),
            kind,
            driver: driver.cloned(),
            generation,
            message: message.into(),
            fields: fields.into_iter().collect(),
        });
        self.latest.send_replace(sequence);
    }

    /// The number of the newest event, 0 before the first.
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// The newest events kept, so many at most, newest first.
    pub fn newest(&self, most: usize) -> Vec<Event> {
        self.kept().iter().rev().take(most).cloned().collect()
    }

    /// The events kept after this number, at once; waits if there is none.
    pub async fn after(&self, sequence: u64) -> Vec<Event> {
        let mut latest = self.latest.subscribe();
        loop {
            let found: Vec<Event> =
                self.kept().iter().filter(|event| event.sequence > sequence).cloned().collect();
            if !found.is_empty() {
                return found;
            }
            // The sender lives as long as we do.
            let _ = latest.wait_for(|latest| *latest > sequence).await;
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, VecDeque<Event>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(journal: &Journal, message: &str) {
        journal.note("test", (None, None), message, []);
    }

    #[tokio::test]
    async fn whoever_reads_from_a_number_gets_what_came_after_it() {
        let journal = Journal::new(8);
        for message in ["a", "b", "c"] {
            note(&journal, message);
        }
        let messages: Vec<_> = journal.after(1).await.into_iter().map(|event| event.message).collect();
        assert_eq!(messages, ["b", "c"]);
    }

    #[test]
    fn whoever_looks_sees_the_newest_first() {
        let journal = Journal::new(8);
        for message in ["a", "b", "c"] {
            note(&journal, message);
        }
        let messages: Vec<_> = journal.newest(2).into_iter().map(|event| event.message).collect();
        assert_eq!(messages, ["c", "b"]);
    }

    #[tokio::test]
    async fn a_reader_that_was_too_slow_sees_a_gap_in_the_numbers() {
        let journal = Journal::new(2);
        for message in ["a", "b", "c", "d"] {
            note(&journal, message);
        }
        assert_eq!(journal.after(0).await[0].sequence, 3);
    }

    #[tokio::test]
    async fn a_reader_without_news_waits_for_the_next_event() {
        let journal = Journal::new(2);
        note(&journal, "old");
        let (found, ()) = tokio::join!(journal.after(1), async { note(&journal, "new") });
        assert_eq!(found[0].message, "new");
    }
}
