//! Which requests are open, and how far each has come. Pure bookkeeping, behind a lock of the caller's.
//!
//! Invariant: everything that waits anywhere in the worker belongs to an open request, and there are
//! at most [`MAX_OPEN`] of them. That is the bound of all its queues.

use std::collections::HashMap;

/// How many requests can be open.
pub const MAX_OPEN: usize = 16_384;

/// Why a request is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many are open.
    Full,
    /// Those that are open hold too many bytes.
    Heavy,
    /// The id is 0 or belongs to an open request: an answer could not be told apart.
    BadId,
}

/// What a cancellation has come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It had not started and will not: answer it.
    Dropped,
    /// It is with the event loop: stop its task.
    OnLoop,
    /// It is answered already, or cannot be stopped.
    TooLate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// In a queue.
    Queued,
    /// In a queue, answered already; whoever takes it out forgets it.
    Dropped,
    /// In a thread.
    Running { cancelled: bool },
    /// In a task of the event loop.
    OnLoop,
}

/// The open requests.
#[derive(Default)]
pub struct Requests {
    open: HashMap<u64, (Stage, usize)>,
    bytes: usize,
    max_bytes: usize,
}

impl Requests {
    /// All open requests together may hold this many bytes.
    pub fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
    }

    /// A request has come and goes into a queue.
    pub fn open(&mut self, id: u64, bytes: usize) -> Result<(), Refusal> {
        if id == 0 || self.open.contains_key(&id) {
            return Err(Refusal::BadId);
        }
        if self.open.len() >= MAX_OPEN {
            return Err(Refusal::Full);
        }
        if !self.open.is_empty() && self.bytes + bytes > self.max_bytes {
            return Err(Refusal::Heavy);
        }
        self.bytes += bytes;
        self.open.insert(id, (Stage::Queued, bytes));
        Ok(())
    }

    /// A request leaves its queue. False: it was dropped there, forget it.
    pub fn start(&mut self, id: u64) -> bool {
        if let Some((stage @ Stage::Queued, _)) = self.open.get_mut(&id) {
            *stage = Stage::Running { cancelled: false };
            return true;
        }
        self.close(id);
        false
    }

    /// A running request goes on in the event loop. True: its task is to be stopped at once, because
    /// the caller left meanwhile.
    pub fn move_to_loop(&mut self, id: u64) -> bool {
        let Some((stage, _)) = self.open.get_mut(&id) else { return false };
        let cancelled = matches!(stage, Stage::Running { cancelled: true });
        *stage = Stage::OnLoop;
        cancelled
    }

    /// The caller of a request is gone.
    pub fn cancel(&mut self, id: u64) -> Cancelled {
        match self.open.get_mut(&id) {
            Some((stage @ Stage::Queued, _)) => {
                *stage = Stage::Dropped;
                Cancelled::Dropped
            }
            Some((Stage::OnLoop, _)) => Cancelled::OnLoop,
            Some((Stage::Running { cancelled }, _)) => {
                *cancelled = true;
                Cancelled::TooLate
            }
            Some((Stage::Dropped, _)) | None => Cancelled::TooLate,
        }
    }

    /// Drops all that have not started, but for one: these are to be answered.
    pub fn drop_queued(&mut self, but_for: u64) -> Vec<u64> {
        let queued = self.open.iter_mut();
        let queued = queued.filter(|(id, (stage, _))| **id != but_for && *stage == Stage::Queued);
        queued
            .map(|(id, (stage, _))| {
                *stage = Stage::Dropped;
                *id
            })
            .collect()
    }

    /// A request is answered.
    pub fn close(&mut self, id: u64) {
        if let Some((_, bytes)) = self.open.remove(&id) {
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn requests(open: u64) -> Requests {
        let mut requests = Requests { max_bytes: 1000, ..Requests::default() };
        (1..=open).for_each(|id| requests.open(id, 10).expect("room"));
        requests
    }

    #[test]
    fn a_queued_request_can_be_dropped_once() {
        let mut requests = requests(1);
        assert_eq!(requests.cancel(1), Cancelled::Dropped);
        assert_eq!(requests.cancel(1), Cancelled::TooLate);
        assert!(!requests.start(1));
        assert!(requests.open.is_empty() && requests.bytes == 0);
    }

    #[test]
    fn a_dropped_request_takes_up_room_until_it_leaves_the_queue() {
        let mut requests = requests(1);
        requests.cancel(1);
        assert_eq!(requests.open(1, 1), Err(Refusal::BadId));
        requests.start(1);
        assert_eq!(requests.open(1, 1), Ok(()));
    }

    #[test]
    fn a_running_call_cannot_be_stopped_unless_it_turns_out_to_be_a_coroutine() {
        let mut requests = requests(2);
        assert!(requests.start(1) && requests.start(2));
        assert_eq!(requests.cancel(1), Cancelled::TooLate);
        assert!(requests.move_to_loop(1));
        assert!(!requests.move_to_loop(2));
        assert_eq!(requests.cancel(2), Cancelled::OnLoop);
    }

    #[test]
    fn an_answered_request_is_unknown() {
        let mut requests = requests(1);
        requests.start(1);
        requests.close(1);
        assert_eq!(requests.cancel(1), Cancelled::TooLate);
    }

    #[test]
    fn bytes_are_bounded_but_one_request_always_gets_through() {
        let mut requests = Requests { max_bytes: 100, ..Requests::default() };
        assert_eq!(requests.open(1, 5000), Ok(()));
        assert_eq!(requests.open(2, 1), Err(Refusal::Heavy));
        requests.close(1);
        assert_eq!(requests.open(2, 60), Ok(()));
        assert_eq!(requests.open(3, 41), Err(Refusal::Heavy));
        assert_eq!(requests.open(3, 40), Ok(()));
    }

    #[test]
    fn so_is_their_number() {
        let mut requests = Requests { max_bytes: usize::MAX, ..Requests::default() };
        (1..=MAX_OPEN as u64).for_each(|id| requests.open(id, 0).expect("room"));
        assert_eq!(requests.open(0, 0), Err(Refusal::BadId));
        assert_eq!(requests.open(u64::MAX, 0), Err(Refusal::Full));
    }

    #[test]
    fn only_what_has_not_started_is_dropped_at_the_end() {
        let mut requests = requests(4);
        requests.start(2);
        let mut dropped = requests.drop_queued(4);
        dropped.sort_unstable();
        assert_eq!(dropped, [1, 3]);
    }
}
