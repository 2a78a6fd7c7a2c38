//! What a breaker says about itself: to callers, to operators, to metrics.

use std::fmt;
use std::time::Duration;

use crate::model::{DeviceId, DriverName};

/// What a breaker stands before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A driver: whatever concerns all of its devices.
    Driver(DriverName),
    /// One device.
    Device(DeviceId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver(name) => write!(f, "driver `{name}`"),
            Self::Device(id) => write!(f, "device `{id}`"),
        }
    }
}

/// The three phases of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Calls pass.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls pass, to find out.
    HalfOpen,
}

impl Phase {
    /// A stable name for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// What an operator holds a breaker to, whatever happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forced {
    /// Every call is refused.
    Open,
    /// Every call passes.
    Closed,
}

impl Forced {
    /// A stable name for the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Why a breaker changed its phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Too large a share of the calls in the window failed.
    ErrorRate,
    /// Too many calls in a row failed.
    ConsecutiveFailures,
    /// Too large a share of the calls in the window was slow.
    SlowCalls,
    /// The time of refusal is over; now a few calls may try.
    Waited,
    /// Such a try failed, or was slow.
    ProbeFailed,
    /// Enough tries succeeded.
    ProbesSucceeded,
    /// An operator said so.
    Operator,
}

impl Cause {
    /// A stable name for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::ConsecutiveFailures => "consecutive_failures",
            Self::SlowCalls => "slow_calls",
            Self::Waited => "waited",
            Self::ProbeFailed => "probe_failed",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::Operator => "operator",
        }
    }
}

/// A change of phase, for the log and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The phase before.
    pub from: Phase,
    /// The phase now.
    pub to: Phase,
    /// Why.
    pub cause: Cause,
}

/// A call that was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Time until the next call may pass; `None` when an operator holds the breaker open.
    pub remaining: Option<Duration>,
}

/// A breaker at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Its phase; what an operator forces counts.
    pub phase: Phase,
    /// What an operator holds it to.
    pub forced: Option<Forced>,
    /// Calls in the window that said something about the driver.
    pub calls: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Those of them that were slow.
    pub slow: u64,
    /// Failures since the last success.
    pub consecutive_failures: u32,
    /// How often it has opened.
    pub opened: u64,
    /// Time until it lets a call try, while it is open by itself.
    pub remaining: Option<Duration>,
}
