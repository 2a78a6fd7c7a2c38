//! What is remembered, how long, and how much of it.
//!
//! Owns names, defaults and ranges.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    check::{MAX_DURATION, Rules},
    tree::KeyPath,
    units::{self, ByteSize},
};

/// What is remembered of results and devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Results of executions.
    pub results: ResultCacheConfig,
    /// Lists and states of devices.
    pub devices: DeviceCacheConfig,
}

/// How results are remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResultCacheConfig {
    /// Whether they are at all.
    pub enabled: bool,
    /// All results together.
    pub max_size: ByteSize,
    /// Largest result that is kept.
    pub max_result: ByteSize,
    /// How long a result is kept.
    #[serde(with = "units::text")]
    pub ttl: Duration,
    /// Options that never change a result, so that requests which differ only in them share one; `*` at
    /// the end stands for any rest.
    pub neutral_options: Vec<String>,
}

impl Default for ResultCacheConfig {
    fn default() -> Self {
        let neutral = ["trace_id", "span_id", "traceparent", "request_id", "correlation_id"];
        Self {
            enabled: true,
            max_size: ByteSize::mib(64),
            max_result: ByteSize::mib(4),
            ttl: Duration::from_hours(1),
            neutral_options: neutral.map(str::to_owned).to_vec(),
        }
    }
}

/// How lists and states of devices are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceCacheConfig {
    /// How long a driver's list of devices is taken for true; 0 s always asks.
    #[serde(with = "units::text")]
    pub list_ttl: Duration,
    /// How long a device's state is taken for true; 0 s always asks.
    #[serde(with = "units::text")]
    pub state_ttl: Duration,
    /// How old an answer may be that stands in, marked, for one that cannot be had.
    #[serde(with = "units::text")]
    pub max_stale: Duration,
    /// Devices whose state is remembered.
    pub max_devices: u32,
}

impl Default for DeviceCacheConfig {
    fn default() -> Self {
        Self {
            list_ttl: Duration::from_secs(1),
            state_ttl: Duration::from_millis(250),
            max_stale: Duration::from_mins(10),
            max_devices: 10_000,
        }
    }
}

/// The rules of these sections.
pub(super) fn check(cache: &Cache, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("cache.results").then(name);
    let results = &cache.results;
    // A weight is 32 bits wide, and a result that is too large to be kept needs one beyond this bound.
    let largest = ByteSize(u64::from(u32::MAX) - 1);
    rules.within(key("max_size"), results.max_size, ByteSize::kib(1)..=largest);
    rules.within(key("max_result"), results.max_result, ByteSize::kib(1)..=largest);
    rules.ordered((key("max_result"), results.max_result), (key("max_size"), results.max_size));
    rules.within(key("ttl"), results.ttl, Duration::from_millis(1)..=MAX_DURATION);
    rules.within(key("neutral_options"), results.neutral_options.len(), 0..=256);

    let key = |name: &str| KeyPath::dotted("cache.devices").then(name);
    let devices = &cache.devices;
    rules.within(key("list_ttl"), devices.list_ttl, Duration::ZERO..=MAX_DURATION);
    rules.within(key("state_ttl"), devices.state_ttl, Duration::ZERO..=MAX_DURATION);
    rules.within(key("max_stale"), devices.max_stale, Duration::ZERO..=MAX_DURATION);
    rules.within(key("max_devices"), devices.max_devices, 1..=1_000_000);
}
