//! Flights: one fetches, all share, whoever hangs up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::cache::{Flights, Role};

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_storm_of_leaders_that_hang_up_leaves_the_last_one_its_result() {
    let flights: Arc<Flights<u32, u32>> = Arc::default();
    let mut tasks: Vec<_> = (0..1000)
        .map(|_| {
            let flights = Arc::clone(&flights);
            tokio::spawn(async move { flights.join(&1, std::future::pending()).await })
        })
        .collect();
    let last = tokio::spawn({
        let flights = Arc::clone(&flights);
        async move { flights.join(&1, async { 42 }).await }
    });
    settle().await;
    for task in tasks.drain(..) {
        task.abort();
        yield_now().await;
    }
    assert_eq!(last.await.unwrap(), (42, Role::Led));
    assert!(flights.is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Join(u8),
    HangUp(prop::sample::Index),
    Settle,
    Land,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u8..3).prop_map(Step::Join),
        2 => any::<prop::sample::Index>().prop_map(Step::HangUp),
        2 => Just(Step::Settle),
        1 => Just(Step::Land),
    ];
    prop::collection::vec(step, 0..100)
}

/// Counts how many are inside at once.
struct Inside<'a>(&'a AtomicUsize);

impl<'a> Inside<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        assert_eq!(count.fetch_add(1, Ordering::AcqRel), 0, "two fetches of one key at once");
        Self(count)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn at_most_one_fetches_and_all_are_served_however_callers_hang_up(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let flights: Arc<Flights<u8, u8>> = Arc::default();
            let inside: Arc<[AtomicUsize; 3]> = Arc::default();
            let land = Arc::new(Notify::new());
            let mut tasks = Vec::new();
            for step in steps {
                match step {
                    Step::Join(key) => {
                        let (flights, inside, land) =
                            (Arc::clone(&flights), Arc::clone(&inside), Arc::clone(&land));
                        tasks.push(tokio::spawn(async move {
                            let fetch = async {
                                let _inside = Inside::new(&inside[usize::from(key)]);
                                land.notified().await;
                                key
                            };
                            assert_eq!(flights.join(&key, fetch).await.0, key);
                        }));
                    }
                    Step::HangUp(index) if !tasks.is_empty() => {
                        tasks.swap_remove(index.index(tasks.len())).abort();
                    }
                    Step::HangUp(_) => {}
                    Step::Settle => settle().await,
                    Step::Land => land.notify_waiters(),
                }
            }
            while !flights.is_empty() || tasks.iter().any(|task| !task.is_finished()) {
                land.notify_waiters();
                yield_now().await;
            }
            for task in tasks {
                prop_assert!(task.await.is_ok());
            }
            Ok(())
        })?;
    }
}
