//! What a driver is granted, and which drivers there are.
//!
//! Owns [`DriverLimits`] and its twin [`LimitOverrides`], which has every field optional: both come from
//! one list, so that a limit cannot be added to one and forgotten in the other. The invariant: the
//! built-in simulator always has an entry, with the grants it needs, whatever the file says of it.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    EgressRule,
    plugins::{Canary, TrustPolicy},
    python::DriverPython,
    resilience::ResilienceOverrides,
    units::{self, ByteSize, FuelBudget, Percent, Unit},
};
use crate::model::Digest;

/// Declares [`DriverLimits`] with its defaults, and [`LimitOverrides`] with the same fields, optional.
macro_rules! driver_limits {
    ($($(#[$meta:meta])* $field:ident: $type:ty = $default:expr,)+) => {
        /// What one driver is granted. Each is a bound that the host holds it to.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct DriverLimits {
            $($(#[$meta])* pub $field: $type,)+
        }

        impl Default for DriverLimits {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// The limits of one driver that differ from `driver_defaults`; `None` means "as there".
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct LimitOverrides {
            $($(#[$meta])* pub $field: Option<$type>,)+
        }

        impl LimitOverrides {
            /// The limits that hold for a driver with these overrides.
            pub fn resolve(&self, defaults: &DriverLimits) -> DriverLimits {
                DriverLimits { $($field: self.$field.unwrap_or(defaults.$field),)+ }
            }

            /// Whether the limit of this name is set here.
            pub(super) fn sets(&self, name: &str) -> bool {
                match name {
                    $(stringify!($field) => self.$field.is_some(),)+
                    _ => false,
                }
            }

            /// What is set here, as key and value.
            pub fn set(&self) -> Vec<(&'static str, String)> {
                let mut found = Vec::new();
                $(if let Some(value) = &self.$field {
                    found.push((stringify!($field), value.shown()));
                })+
                found
            }

            /// What is set here beyond `granted`, as key, wish and grant.
            pub fn beyond(&self, granted: &DriverLimits) -> Vec<(&'static str, String, String)> {
                let mut found = Vec::new();
                $(if let Some(asked) = self.$field.filter(|asked| asked.exceeds(&granted.$field)) {
                    found.push((stringify!($field), asked.shown(), granted.$field.shown()));
                })+
                found
            }

            /// Fills what is not set from `other`.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $($field: self.$field.or(other.$field),)+ }
            }
        }
    };
}

/// A limit as something that can be asked for.
trait Limit {
    /// Whether it is more than what is granted.
    fn exceeds(&self, granted: &Self) -> bool;
    /// As it is written in the config.
    fn shown(&self) -> String;
}

macro_rules! limits_by_size {
    ($($type:ty => $shown:expr),+ $(,)?) => {
        $(impl Limit for $type {
            fn exceeds(&self, granted: &Self) -> bool {
                self > granted
            }

            fn shown(&self) -> String {
                $shown(self)
            }
        })+
    };
}

limits_by_size! {
    ByteSize => Unit::render,
    Percent => Unit::render,
    Duration => Unit::render,
    usize => ToString::to_string,
}

impl Limit for FuelBudget {
    fn exceeds(&self, granted: &Self) -> bool {
        granted.units().is_some_and(|granted| self.units().is_none_or(|units| units > granted))
    }

    fn shown(&self) -> String {
        self.render()
    }
}

driver_limits! {
    /// Linear memory of one instance.
    memory: ByteSize = ByteSize::mib(64),
    /// Fuel units of one call, or `unlimited`: then the deadline alone bounds it.
    fuel: FuelBudget = FuelBudget::Units(100_000_000_000),
    /// Elements of one table.
    table_elements: usize = 10_000,
    /// Tables of one instance.
    tables: usize = 16,
    /// Linear memories of one instance.
    memories: usize = 8,
    /// Core instances of one component instance.
    core_instances: usize = 50,
    /// Resource handles that one instance may hold.
    handles: usize = 1024,
    /// Data that may cross from guest to host in one call; also bounds the result.
    host_calls: ByteSize = ByteSize::mib(128),
    /// Log output in bytes a second; more is dropped and counted.
    log_rate: ByteSize = ByteSize::kib(64),
    /// Longest log line; a longer one is cut.
    log_line: ByteSize = ByteSize::kib(8),
    /// Outbound requests in a second; one more is refused.
    outbound_requests: usize = 100,
    /// Bytes of outbound bodies in a second, sent and got; more wait.
    outbound_bytes: ByteSize = ByteSize::mib(16),
    /// Metadata of one result, keys and values together.
    metadata: ByteSize = ByteSize::kib(64),
    /// Instances alive at once.
    instances: usize = 8,
    /// How long an unused instance is kept.
    #[serde(with = "units::text")]
    idle_timeout: Duration = Duration::from_mins(1),
    /// Unused instances that are kept all the same, and opened before anyone asks.
    min_idle: usize = 0,
    /// The age at which an instance is replaced, however well it works.
    #[serde(with = "units::text")]
    max_lifetime: Duration = Duration::from_hours(1),
    /// How often an unused instance is asked whether it can still work; 0 s never asks.
    #[serde(with = "units::text")]
    health_interval: Duration = Duration::from_secs(30),
    /// How long a call waits for an instance before it gets `RESOURCE_EXHAUSTED`.
    #[serde(with = "units::text")]
    acquire_timeout: Duration = Duration::from_secs(10),
    /// How long a new instance may take to initialise.
    #[serde(with = "units::text")]
    initialize_timeout: Duration = Duration::from_secs(10),
    /// Share of `memory` beyond which an instance is retired after its call: its memory never shrinks.
    retire_above: Percent = Percent(25),
}

/// Whether a text can be a driver's name: 1 to 64 of the characters `a` to `z`, `0` to `9` and `-`.
pub fn is_driver_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// Name of the driver that is built in.
pub const SIMULATOR: &str = "simulator";

/// The grants that the built-in simulator needs: a state vector of 26 qubits (16 bytes an amplitude,
/// 1 GiB) and 64 MiB for all else, and no fuel limit, since its work is bounded by the deadline.
pub(super) fn simulator_grants() -> LimitOverrides {
    LimitOverrides {
        memory: Some(ByteSize::mib(1024 + 64)),
        fuel: Some(FuelBudget::Unlimited),
        ..LimitOverrides::default()
    }
}

/// One driver's entry in the configuration.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriverConfig {
    /// Whether the driver is loaded.
    pub enabled: bool,
    /// The component's file. Without one the driver is looked for under `plugins.directories`.
    pub component: Option<PathBuf>,
    /// What differs from `driver_defaults`.
    pub limits: LimitOverrides,
    /// What differs from `resilience`.
    pub resilience: ResilienceOverrides,
    /// What it must show before it is compiled; without one, what holds for its directory.
    pub trust: Option<TrustPolicy>,
    /// Digests of the artifacts that may run under this name, for `trust: digest`.
    pub digests: Vec<Digest>,
    /// A trial for every replacement of this driver; without one replacements are at once and whole.
    pub canary: Option<Canary>,
    /// A device on which a new generation must run a small circuit before it serves.
    pub self_test: Option<String>,
    /// What it may reach outside; by default nothing.
    pub egress: Vec<EgressRule>,
    /// Secrets that a Python driver is given itself, when it initialises: by the names it asks for them, those in
    /// `secrets`.
    pub secrets: BTreeMap<String, String>,
    /// How it is run, if it is written in Python.
    pub python: DriverPython,
    /// Handed to the driver when it initialises, as text. Never printed: it may hold secrets.
    pub settings: BTreeMap<String, String>,
}

impl Default for DriverConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            component: None,
            limits: LimitOverrides::default(),
            resilience: ResilienceOverrides::default(),
            trust: None,
            digests: Vec::new(),
            canary: None,
            self_test: None,
            egress: Vec::new(),
            secrets: BTreeMap::new(),
            python: DriverPython::default(),
            settings: BTreeMap::new(),
        }
    }
}

impl fmt::Debug for DriverConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverConfig")
            .field("enabled", &self.enabled)
            .field("component", &self.component)
            .field("limits", &self.limits)
            .field("resilience", &self.resilience)
            .field("trust", &self.trust)
            .field("digests", &self.digests)
            .field("canary", &self.canary)
            .field("self_test", &self.self_test)
            .field("egress", &self.egress)
            .field("secrets", &self.secrets)
            .field("python", &self.python)
            .field("settings", &self.settings.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// The drivers of a configuration that names none.
pub(super) fn default_drivers() -> BTreeMap<String, DriverConfig> {
    complete(BTreeMap::new())
}

/// Adds the built-in simulator, or the grants that the file leaves open.
pub(super) fn complete(mut drivers: BTreeMap<String, DriverConfig>) -> BTreeMap<String, DriverConfig> {
    let simulator = drivers.entry(SIMULATOR.to_owned()).or_default();
    simulator.limits = std::mem::take(&mut simulator.limits).or(simulator_grants());
    drivers
}
