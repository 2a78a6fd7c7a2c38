//! The door of one generation: who is inside, and from when on nobody gets in.
//!
//! A request enters before it uses a generation and leaves with its answer. Replacing a generation means:
//! publish the next one, then [`Gate::drain`] this one. The invariant: once a drain has ended nobody is
//! inside and nobody gets in any more, so that a request which had looked at the older snapshot must look
//! again, and finds the next generation there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Set once nobody gets in any more; the bits below count who is inside.
const CLOSED: usize = 1 << (usize::BITS - 1);
/// How long calls that were cut off have to tell their callers.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The door of one generation.
#[derive(Debug, Default)]
pub struct Gate {
    inside: AtomicUsize,
    left: Notify,
    cut: CancellationToken,
}

/// Someone inside; leaves when dropped.
#[derive(Debug)]
pub struct Visit(Arc<Gate>);

impl Gate {
    /// Lets a request in, unless the gate is closed.
    pub fn enter(self: &Arc<Self>) -> Option<Visit> {
        let mut seen = self.inside.load(Ordering::Acquire);
        while seen & CLOSED == 0 {
            match self.inside.compare_exchange_weak(seen, seen + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(Visit(Arc::clone(self))),
                Err(now) => seen = now,
            }
        }
        None
    }

    /// How many are inside.
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Acquire) & !CLOSED
    }

    /// Ends when those inside are to break off.
    pub async fn cut(&self) {
        self.cut.cancelled().await;
    }

    /// Waits until the last has left, then closes. At `deadline` those inside are cut off; how many.
    pub async fn drain(&self, deadline: Instant) -> usize {
        if tokio::time::timeout_at(deadline.into(), self.close_when_empty()).await.is_ok() {
            return 0;
        }
        let abandoned = self.inside.fetch_or(CLOSED, Ordering::AcqRel) & !CLOSED;
        self.cut.cancel();
        // Whoever does not answer even now is left behind; dropping the generation ends its instances.
        let _ = tokio::time::timeout(LAST_WORDS, self.close_when_empty()).await;
        abandoned
    }

    async fn close_when_empty(&self) {
        loop {
            let mut left = std::pin::pin!(self.left.notified());
            // Listening begins before the look, so that a leave in between is not missed.
            left.as_mut().enable();
            if self.inside() == 0
                && self
                    .inside
                    .compare_exchange(0, CLOSED, Ordering::AcqRel, Ordering::Acquire)
                    .map_or_else(|now| now == CLOSED, |_| true)
            {
                return;
            }
            left.await;
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, Ordering::AcqRel) & !CLOSED == 1 {
            self.0.left.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[tokio::test]
    async fn an_empty_gate_closes_at_once() {
        let gate = Arc::new(Gate::default());
        assert_eq!(gate.drain(soon()).await, 0);
        assert!(gate.enter().is_none());
    }

    #[tokio::test]
    async fn a_drain_waits_for_whoever_is_inside_and_lets_others_in_meanwhile() {
        let gate = Arc::new(Gate::default());
        let first = gate.enter().unwrap();
        let drain = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.drain(soon()).await }
        });
        tokio::task::yield_now().await;
        let late = gate.enter().expect("the gate is open until it is empty");
        drop(first);
        tokio::task::yield_now().await;
        assert!(!drain.is_finished());
        drop(late);
        assert_eq!(drain.await.unwrap(), 0);
        assert!(gate.enter().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_those_inside_are_cut_off_and_counted() {
        let gate = Arc::new(Gate::default());
        let visits = [gate.enter().unwrap(), gate.enter().unwrap()];
        let drain = gate.drain(Instant::now() + Duration::from_secs(1));
        let answer = async {
            gate.cut().await;
            drop(visits);
        };
        let (abandoned, ()) = tokio::join!(drain, answer);
        assert_eq!(abandoned, 2);
        assert_eq!(gate.inside(), 0);
        assert!(gate.enter().is_none());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn under_a_crowd_nobody_is_inside_once_the_drain_has_ended() {
        for _ in 0..200 {
            let gate = Arc::new(Gate::default());
            let crowd: Vec<_> = (0..4)
                .map(|_| {
                    let gate = Arc::clone(&gate);
                    tokio::spawn(async move {
                        let mut visits = 0;
                        while let Some(visit) = gate.enter() {
                            visits += 1;
                            tokio::task::yield_now().await;
                            drop(visit);
                            tokio::task::yield_now().await;
                        }
                        visits
                    })
                })
                .collect();
            assert_eq!(gate.drain(soon()).await, 0);
            assert_eq!(gate.inside(), 0);
            for visitor in crowd {
                visitor.await.unwrap();
            }
        }
    }
}
