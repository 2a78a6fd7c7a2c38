//! How failures are met, and how much load is let in.
//!
//! Owns names, defaults and ranges. The defaults are right for a simulator, which answers in milliseconds
//! and may be asked again; a slow machine overrides them under `drivers.NAME.resilience`. The invariant:
//! each section and its twin with every field optional come from one list, so that a key cannot be added
//! to one and forgotten in the other.

mod check;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Config,
    units::{self, Percent, Rate},
};
pub(super) use check::check;

/// Declares a section with its defaults, and its twin with the same fields, optional.
macro_rules! overridable {
    ($(#[$about:meta])* $name:ident, $twin:ident: $($(#[$meta:meta])* $field:ident: $type:ty = $default:expr,)+) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$meta])* pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// What differs for one driver; `None` means "as for all".
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $twin {
            $($(#[$meta])* pub $field: Option<$type>,)+
        }

        impl $twin {
            fn resolve(&self, all: &$name) -> $name {
                $name { $($field: self.$field.unwrap_or(all.$field),)+ }
            }

            fn sets(&self, field: &str) -> bool {
                match field {
                    $(stringify!($field) => self.$field.is_some(),)+
                    _ => false,
                }
            }
        }
    };
}

overridable! {
    /// How often, and after what pauses, an attempt is repeated.
    RetryConfig, RetryOverrides:
    /// Attempts in all, the first included; 1 never repeats any.
    attempts: u32 = 8,
    /// The longest pause before the first retry; it doubles for each further one.
    #[serde(with = "units::text")]
    first_delay: Duration = Duration::from_millis(50),
    /// The longest pause before any retry, unless the backend asks for a longer one.
    #[serde(with = "units::text")]
    longest_delay: Duration = Duration::from_secs(5),
    /// Time after the beginning of the first attempt in which others may begin.
    #[serde(with = "units::text")]
    within: Duration = Duration::from_secs(30),
    /// Retries of a driver, as a share of its requests.
    budget: Percent = Percent(50),
    /// Retries that a driver may save up.
    budget_burst: u32 = 50,
}

overridable! {
    /// When a driver or device is not asked any more for a while.
    BreakerConfig, BreakerOverrides:
    /// Whether there are breakers at all.
    enabled: bool = true,
    /// The time over which calls are counted.
    #[serde(with = "units::text")]
    window: Duration = Duration::from_secs(10),
    /// Calls in the window below which no share of them is judged.
    min_calls: u32 = 50,
    /// The share of failed calls that opens it.
    error_rate: Percent = Percent(60),
    /// The number of failures in a row that opens it; 0 does not look at that.
    consecutive_failures: u32 = 15,
    /// The time after which a call counts as slow; 0 s looks at none.
    #[serde(with = "units::text")]
    slow_call: Duration = Duration::ZERO,
    /// The share of slow calls that opens it.
    slow_rate: Percent = Percent(80),
    /// How long it stays open the first time; each relapse doubles that.
    #[serde(with = "units::text")]
    open_for: Duration = Duration::from_secs(5),
    /// How long it stays open at most.
    #[serde(with = "units::text")]
    open_longest: Duration = Duration::from_secs(30),
    /// Calls under way at once that find out whether it may close.
    probes: u32 = 2,
    /// Successes of such calls that close it.
    close_after: u32 = 2,
    /// A call that ran into its deadline earlier than this says nothing: its caller was in a hurry.
    #[serde(with = "units::text")]
    patience: Duration = Duration::from_secs(1),
}

overridable! {
    /// How much load one driver and each of its devices get.
    Admission, AdmissionOverrides:
    /// Requests to the driver.
    rate: Rate = Rate::Unlimited,
    /// Requests to each of its devices.
    device_rate: Rate = Rate::Unlimited,
    /// Requests that may come at once within these rates.
    burst: u32 = 100,
    /// Requests under way at once, those that wait for an instance or a provider included.
    concurrent: u32 = 1024,
    /// Further requests that may wait for their turn.
    waiting: u32 = 1024,
    /// How long they wait.
    #[serde(with = "units::text")]
    wait: Duration = Duration::from_secs(5),
}

/// How much load each caller may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callers {
    /// Requests of one caller.
    pub rate: Rate,
    /// Requests that it may send at once within this rate.
    pub burst: u32,
    /// Its requests under way at once.
    pub concurrent: u32,
    /// Its further requests that may wait for their turn.
    pub waiting: u32,
    /// How long they wait.
    #[serde(with = "units::text")]
    pub wait: Duration,
    /// Callers that are told apart by rate; while there are more, they share.
    pub known: usize,
}

impl Default for Callers {
    fn default() -> Self {
        Self {
            rate: Rate::Unlimited,
            burst: 100,
            concurrent: 2048,
            waiting: 2048,
            wait: Duration::from_secs(5),
            known: 10_000,
        }
    }
}

/// A device that takes over from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The device that requests name.
    pub device: String,
    /// The device that takes over.
    pub fallback: String,
    /// Statuses after which it does.
    #[serde(default = "Fallback::statuses")]
    pub on: Vec<FailureStatus>,
    /// Whether it does while the device's breaker is open.
    #[serde(default = "Fallback::yes")]
    pub when_open: bool,
    /// The number of jobs in the device's queue beyond which it does; without one, never for that.
    #[serde(default)]
    pub queue_longer_than: Option<u32>,
}

impl Fallback {
    fn statuses() -> Vec<FailureStatus> {
        vec![FailureStatus::Unavailable, FailureStatus::ResourceExhausted]
    }

    fn yes() -> bool {
        true
    }
}

/// A status after which another device may take over. None of them blames the request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names of gRPC, which documents them")]
pub enum FailureStatus {
    Unavailable,
    ResourceExhausted,
    DeadlineExceeded,
    FailedPrecondition,
    Unimplemented,
    Unauthenticated,
    PermissionDenied,
    Aborted,
    Internal,
}

/// How failures are met, and how much load is let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resilience {
    /// How attempts are repeated.
    pub retry: RetryConfig,
    /// When drivers and devices are not asked any more.
    pub breaker: BreakerConfig,
    /// How much load a driver gets.
    pub admission: Admission,
    /// How much load a caller may bring.
    pub callers: Callers,
    /// Devices that take over, in the order in which they are asked.
    pub fallbacks: Vec<Fallback>,
}

/// What differs for one driver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResilienceOverrides {
    /// How attempts are repeated.
    pub retry: RetryOverrides,
    /// When it is not asked any more.
    pub breaker: BreakerOverrides,
    /// How much load it gets.
    pub admission: AdmissionOverrides,
}

/// The sections of a driver as they are in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DriverResilience {
    /// How attempts are repeated.
    pub retry: RetryConfig,
    /// When it is not asked any more.
    pub breaker: BreakerConfig,
    /// How much load it gets.
    pub admission: Admission,
}

impl ResilienceOverrides {
    /// What holds for a driver with these overrides.
    pub fn resolve(&self, all: &Resilience) -> DriverResilience {
        DriverResilience {
            retry: self.retry.resolve(&all.retry),
            breaker: self.breaker.resolve(&all.breaker),
            admission: self.admission.resolve(&all.admission),
        }
    }
}

impl Config {
    /// What holds for a driver, whether the configuration names it or not.
    pub fn resilience_of(&self, driver: &str) -> DriverResilience {
        let own = self.drivers.get(driver).map(|driver| driver.resilience).unwrap_or_default();
        own.resolve(&self.resilience)
    }
}
