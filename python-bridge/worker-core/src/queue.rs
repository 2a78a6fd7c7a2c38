//! The queue in front of the threads that run methods, and the clock of the housekeeping.
//!
//! Whoever asks for work gets, now and then, the housekeeping instead: so it is done by a thread that
//! may call the driver, also when there is no work and also when there is always work.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::lock;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// This.
    Work(T),
    /// Time for the housekeeping.
    Housekeeping,
}

/// First in, first out. What it holds is bounded by [`Requests`](crate::Requests).
pub struct WorkQueue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    every: Option<Duration>,
    due: Option<Instant>,
}

impl<T> Default for WorkQueue<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), every: None, due: None };
        Self { state: Mutex::new(state), filled: Condvar::new() }
    }
}

impl<T> WorkQueue<T> {
    /// From now on there is housekeeping.
    pub fn keep_house(&self, every: Duration) {
        let mut state = lock(&self.state);
        state.every = Some(every);
        state.due = Instant::now().checked_add(every);
        drop(state);
        self.filled.notify_one();
    }

    /// Adds work.
    pub fn push(&self, work: T) {
        lock(&self.state).waiting.push_back(work);
        self.filled.notify_one();
    }

    /// Waits for something to do.
    pub fn next(&self) -> Next<T> {
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            if state.due.is_some_and(|due| due <= now) {
                state.due = state.every.and_then(|every| now.checked_add(every));
                if !state.waiting.is_empty() {
                    self.filled.notify_one();
                }
                return Next::Housekeeping;
            }
            if let Some(work) = state.waiting.pop_front() {
                return Next::Work(work);
            }
            state = match state.due {
                Some(due) => {
                    self.filled.wait_timeout(state, due - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_in_its_order() {
        let queue = WorkQueue::default();
        (0..3).for_each(|work| queue.push(work));
        assert_eq!([queue.next(), queue.next(), queue.next()], [0, 1, 2].map(Next::Work));
    }

    #[test]
    fn an_idle_queue_keeps_house() {
        let queue = WorkQueue::<()>::default();
        queue.keep_house(Duration::from_millis(1));
        assert_eq!([queue.next(), queue.next()], [Next::Housekeeping, Next::Housekeeping]);
    }

    #[test]
    fn a_busy_queue_keeps_house_too() {
        let queue = WorkQueue::default();
        queue.keep_house(Duration::ZERO);
        queue.push(1);
        assert_eq!(queue.next(), Next::Housekeeping);
    }
}
