//! Retries, breakers, failovers, answers from memory, and requests to the outside.

use std::sync::{Mutex, PoisonError};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Metrics, clean, register};

label_sets! {
    RetryLabels { driver: String, kind: &'static str }
    StopLabels { driver: String, why: &'static str }
    BreakerLabels { driver: String, device_id: String }
    BreakerChangeLabels { driver: String, to: &'static str, cause: &'static str }
    FailoverLabels { driver: String, to_driver: String, trigger: &'static str }
    OutcomeLabels { outcome: &'static str }
    OutboundLabels { driver: String, outcome: &'static str }
}

/// The most breakers with a gauge of their own; later ones are counted, but not shown.
const MAX_BREAKERS: usize = 10_000;

/// The families of this file.
pub(super) struct Resilience {
    retries: Family<RetryLabels, Counter>,
    retries_stopped: Family<StopLabels, Counter>,
    breaker_state: Family<BreakerLabels, Gauge>,
    breakers: Mutex<Vec<BreakerLabels>>,
    breaker_changes: Family<BreakerChangeLabels, Counter>,
    failovers: Family<FailoverLabels, Counter>,
    result_cache: Family<OutcomeLabels, Counter>,
    circuit_cache: Family<OutcomeLabels, Counter>,
    shared_cache: Family<OutcomeLabels, Counter>,
    outbound: Family<OutboundLabels, Counter>,
}

impl Resilience {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Self {
            retries: register(
                registry,
                "eigen_driver_retries",
                "Attempts made again, by how the last one failed",
            ),
            retries_stopped: register(
                registry,
                "eigen_driver_retries_stopped",
                "Failures that might have passed but were not tried again, by what stopped it",
            ),
            breaker_state: register(
                registry,
                "eigen_driver_breaker_state",
                "Breakers that have ever changed: 0 closed, 1 half open, 2 open; without a device, the driver's",
            ),
            breakers: Mutex::default(),
            breaker_changes: register(
                registry,
                "eigen_driver_breaker_changes",
                "Changes of breakers, by what they changed to and why",
            ),
            failovers: register(registry, "eigen_driver_failovers", "Requests that another device took over"),
            result_cache: register(
                registry,
                "eigen_driver_result_cache",
                "Answers, by whether they came from memory",
            ),
            outbound: register(
                registry,
                "eigen_driver_outbound",
                "Outbound requests of drivers, by class of status, or why there was none",
            ),
            shared_cache: register(
                registry,
                "eigen_driver_shared_cache",
                "Looks and writes at the server that hosts share results by",
            ),
            circuit_cache: register(
                registry,
                "eigen_driver_circuit_cache",
                "Circuits looked up, by whether they had been read before",
            ),
        }
    }

    pub(super) fn forget_driver(&self, driver: &str) {
        let driver = clean(driver);
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.retain(|labels| labels.driver != driver || !self.breaker_state.remove(labels));
    }
}

impl Metrics {
    pub(in crate::telemetry) fn retry(&self, driver: &str, kind: &'static str) {
        self.resilience.retries.get_or_create(&RetryLabels { driver: clean(driver), kind }).inc();
    }

    pub(in crate::telemetry) fn retries_stopped(&self, driver: &str, why: &'static str) {
        self.resilience.retries_stopped.get_or_create(&StopLabels { driver: clean(driver), why }).inc();
    }

    pub(in crate::telemetry) fn breaker(
        &self,
        driver: &str,
        device_id: &str,
        to: &'static str,
        cause: &'static str,
    ) {
        let Resilience { breakers, breaker_state, breaker_changes, .. } = &self.resilience;
        breaker_changes.get_or_create(&BreakerChangeLabels { driver: clean(driver), to, cause }).inc();
        let labels = BreakerLabels { driver: clean(driver), device_id: clean(device_id) };
        let mut breakers = breakers.lock().unwrap_or_else(PoisonError::into_inner);
        if !breakers.contains(&labels) {
            if breakers.len() >= MAX_BREAKERS {
                return;
            }
            breakers.push(labels.clone());
        }
        let state = match to {
            "closed" => 0,
            "half_open" => 1,
            _ => 2,
        };
        breaker_state.get_or_create(&labels).set(state);
    }

    pub(in crate::telemetry) fn failover(&self, driver: &str, to_driver: &str, trigger: &'static str) {
        let labels = FailoverLabels { driver: clean(driver), to_driver: clean(to_driver), trigger };
        self.resilience.failovers.get_or_create(&labels).inc();
    }

    pub(in crate::telemetry) fn outbound(&self, driver: &str, outcome: &'static str) {
        self.resilience.outbound.get_or_create(&OutboundLabels { driver: clean(driver), outcome }).inc();
    }

    /// Counts a look or a write at the server that hosts share results by.
    pub fn shared_cache(&self, outcome: &'static str) {
        self.resilience.shared_cache.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts a circuit by whether it had been read before: `hit` or `miss`.
    pub fn circuit_cache(&self, outcome: &'static str) {
        self.resilience.circuit_cache.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts an answer by whether it came from the result cache: `hit`, `miss`, `shared` or `bypass`.
    pub fn result_cache(&self, outcome: &'static str) {
        self.resilience.result_cache.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}
