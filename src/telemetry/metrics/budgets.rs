//! Budgets of drivers: how much of each a call used, how often one was refused, and what went out.
//!
//! The invariant: every budget of a driver that can be used up has a sample of refusals here, by a name that is
//! that of its key in the config where there is one.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{DURATION_BUCKETS, Metrics, clean, register};

label_sets! {
    BudgetLabels { driver: String, budget: &'static str }
    DriverLabels { driver: String }
    BytesLabels { driver: String, direction: &'static str }
}

/// Upper bounds of shares of a budget.
const SHARES: [f64; 8] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0];
/// Upper bounds of fuel, in units: from a call that does nothing to the default budget.
const FUEL: [f64; 9] = [1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
/// Upper bounds of memory, in bytes: 64 KiB to 4 GiB.
const MEMORY: [f64; 9] = [
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];

/// What one call of a guest used, and of how much.
#[derive(Debug, Clone, Copy)]
pub struct CallUse {
    /// Units of fuel.
    pub fuel: u64,
    /// Units of fuel that it had; none means no limit.
    pub fuel_limit: Option<u64>,
    /// Time that it took.
    pub time: Duration,
    /// Time that it had.
    pub allowed: Duration,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Bytes of linear memory that it may have.
    pub memory_limit: u64,
    /// Elements of its largest table, and how many there may be.
    pub table_elements: (usize, usize),
    /// Handles that it held in the end, and how many there may be.
    pub handles: (usize, usize),
}

/// Where the calls of one driver are counted; looked up once, since every call counts here.
#[derive(Debug, Clone)]
pub struct CallBudgets {
    shares: [Histogram; 5],
    fuel: Histogram,
    memory: Histogram,
}

impl CallBudgets {
    /// Counts a call.
    pub fn observe(&self, used: &CallUse) {
        self.fuel.observe(used.fuel as f64);
        self.memory.observe(used.memory as f64);
        let [fuel, time, memory, tables, handles] = &self.shares;
        if let Some(limit) = used.fuel_limit {
            fuel.observe(share(used.fuel as f64, limit as f64));
        }
        time.observe(share(used.time.as_secs_f64(), used.allowed.as_secs_f64()));
        memory.observe(share(used.memory as f64, used.memory_limit as f64));
        tables.observe(share(used.table_elements.0 as f64, used.table_elements.1 as f64));
        handles.observe(share(used.handles.0 as f64, used.handles.1 as f64));
    }
}

/// A budget of nothing is used up.
fn share(used: f64, limit: f64) -> f64 {
    if limit > 0.0 { used / limit } else { 1.0 }
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// The families of this file.
pub(super) struct Budgets {
    shares: Histograms<BudgetLabels>,
    refusals: Family<BudgetLabels, Counter>,
    fuel: Histograms<DriverLabels>,
    memory: Histograms<DriverLabels>,
    outbound_bytes: Family<BytesLabels, Counter>,
    outbound_duration: Histograms<DriverLabels>,
}

impl Budgets {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let shares = Family::new_with_constructor((|| Histogram::new(SHARES)) as fn() -> Histogram);
        let fuel = Family::new_with_constructor((|| Histogram::new(FUEL)) as fn() -> Histogram);
        let memory = Family::new_with_constructor((|| Histogram::new(MEMORY)) as fn() -> Histogram);
        let outbound_duration =
            Family::new_with_constructor((|| Histogram::new(DURATION_BUCKETS)) as fn() -> Histogram);
        registry.register_with_unit(
            "eigen_driver_budget_use",
            "Share of a budget that a guest's call used",
            Unit::Ratios,
            Histograms::clone(&shares),
        );
        registry.register("eigen_driver_guest_fuel", "Fuel that a guest's call used", fuel.clone());
        registry.register_with_unit(
            "eigen_driver_guest_memory",
            "Linear memory of an instance after a call",
            Unit::Bytes,
            memory.clone(),
        );
        registry.register_with_unit(
            "eigen_driver_outbound_duration",
            "Time from an outbound request to the head of its answer, or to its failure",
            Unit::Seconds,
            outbound_duration.clone(),
        );
        let outbound_bytes: Family<BytesLabels, Counter> = Family::default();
        registry.register_with_unit(
            "eigen_driver_outbound",
            "Bytes of bodies that drivers sent and got",
            Unit::Bytes,
            outbound_bytes.clone(),
        );
        Self {
            shares,
            refusals: register(
                registry,
                "eigen_driver_budget_refusals",
                "Times that a driver wanted more than its budget",
            ),
            fuel,
            memory,
            outbound_bytes,
            outbound_duration,
        }
    }
}

impl Metrics {
    /// Where the calls of a driver are counted.
    pub fn call_budgets(&self, driver: &str) -> CallBudgets {
        let driver = clean(driver);
        let share = |budget| {
            let labels = BudgetLabels { driver: driver.clone(), budget };
            self.budgets.shares.get_or_create_owned(&labels)
        };
        let labels = DriverLabels { driver: driver.clone() };
        CallBudgets {
            shares: ["fuel", "wall_time", "memory", "table_elements", "handles"].map(share),
            fuel: self.budgets.fuel.get_or_create_owned(&labels),
            memory: self.budgets.memory.get_or_create_owned(&labels),
        }
    }

    /// Counts that a driver wanted more than its budget, so many times.
    pub fn budget_refused(&self, driver: &str, budget: &'static str, times: u64) {
        let labels = BudgetLabels { driver: clean(driver), budget };
        self.budgets.refusals.get_or_create(&labels).inc_by(times);
    }

    /// Where bytes of bodies are counted that a driver `sent` or `received`.
    pub fn outbound_bytes(&self, driver: &str, direction: &'static str) -> Counter {
        self.budgets.outbound_bytes.get_or_create_owned(&BytesLabels { driver: clean(driver), direction })
    }

    pub(in crate::telemetry) fn outbound_duration(&self, driver: &str, took: Duration) {
        let labels = DriverLabels { driver: clean(driver) };
        self.budgets.outbound_duration.get_or_create(&labels).observe(took.as_secs_f64());
    }
}
