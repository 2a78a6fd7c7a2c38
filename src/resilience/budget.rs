//! How many retries a driver may be burdened with: a share of its requests, and a few on top.
//!
//! Without it a driver that fails gets several times its load at the very moment when it copes least.
//! The invariant: over any stretch of requests, retries ≤ burst + ratio · requests. The unit needs no
//! clock: a driver without requests needs no retries.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::RetryConfig;
use crate::model::DriverName;

/// What one retry costs; a request earns `ratio` percent of it.
const RETRY: u64 = 100;

/// The retry budget of one driver: a token bucket that requests fill and retries empty.
#[derive(Debug)]
pub struct RetryBudget {
    earned: u64,
    most: u64,
    tokens: AtomicU64,
}

impl RetryBudget {
    /// A full budget: `budget` is the share of retries to requests, `budget_burst` what may be saved up.
    pub fn new(config: &RetryConfig) -> Self {
        let most = u64::from(config.budget_burst) * RETRY;
        Self { earned: u64::from(config.budget.0), most, tokens: AtomicU64::new(most) }
    }

    /// Counts a request (not its retries).
    pub fn earn(&self) {
        self.update(|tokens| Some((tokens + self.earned).min(self.most)));
    }

    /// Takes one retry out of the budget; whether there was one.
    pub fn spend(&self) -> bool {
        self.update(|tokens| tokens.checked_sub(RETRY))
    }

    /// Retries that are left right now.
    pub fn left(&self) -> u64 {
        self.tokens.load(Ordering::Relaxed) / RETRY
    }

    fn update(&self, change: impl FnMut(u64) -> Option<u64>) -> bool {
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

/// The budgets of all drivers.
#[derive(Debug, Default)]
pub struct RetryBudgets(Mutex<HashMap<DriverName, (RetryConfig, Arc<RetryBudget>)>>);

impl RetryBudgets {
    /// The budget of a driver; a full one if it is new, or if its settings have changed.
    pub fn of(&self, driver: &DriverName, settings: &RetryConfig) -> Arc<RetryBudget> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(driver) {
            Some((known, budget)) if known == settings => Arc::clone(budget),
            _ => {
                let budget = Arc::new(RetryBudget::new(settings));
                all.insert(driver.clone(), (*settings, Arc::clone(&budget)));
                budget
            }
        }
    }

    /// Forgets drivers that are gone.
    pub fn retain(&self, keep: impl Fn(&DriverName) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|name, _| keep(name));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Percent;

    fn budget(percent: u8, burst: u32) -> RetryBudget {
        let config = RetryConfig { budget: Percent(percent), budget_burst: burst, ..RetryConfig::default() };
        RetryBudget::new(&config)
    }

    #[test]
    fn a_fresh_budget_has_its_burst_and_then_a_share_of_the_requests() {
        let budget = budget(20, 3);
        assert_eq!((0..10).filter(|_| budget.spend()).count(), 3);
        for _ in 0..4 {
            budget.earn();
            assert!(!budget.spend());
        }
        budget.earn();
        assert!(budget.spend(), "five requests at 20 % earn one retry");
        assert!(!budget.spend());
    }

    #[test]
    fn what_is_saved_up_is_bounded() {
        let budget = budget(100, 2);
        (0..1000).for_each(|_| budget.earn());
        assert_eq!(budget.left(), 2);
    }

    #[test]
    fn threads_together_spend_no_more_than_there_is() {
        let budget = budget(10, 50);
        let retries: usize = std::thread::scope(|scope| {
            let work = || {
                (0..1000).filter(|_| {
                    budget.earn();
                    budget.spend()
                })
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(move || work().count())).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
        });
        assert!(retries <= 50 + 400, "{retries}");
        // Nothing is lost either: at most one earning a thread meets a full bucket before the first spending.
        assert!(retries >= 400, "{retries}");
    }

    proptest! {
        #[test]
        fn retries_never_exceed_the_burst_and_the_share(
            percent in 0u8..=100,
            burst in 0u32..20,
            steps in prop::collection::vec(any::<bool>(), 0..500),
        ) {
            let budget = budget(percent, burst);
            let (mut requests, mut retries) = (0u64, 0u64);
            for request in steps {
                if request {
                    budget.earn();
                    requests += 1;
                } else if budget.spend() {
                    retries += 1;
                }
                prop_assert!(retries * 100 <= u64::from(burst) * 100 + u64::from(percent) * requests);
                prop_assert!(budget.left() <= u64::from(burst));
            }
        }
    }
}
