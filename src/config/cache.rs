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
    /// Circuits that were read.
    pub circuits: CircuitCacheConfig,
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
    /// A Redis server that several hosts share results by; `None`: each has its own.
    pub redis: Option<RedisConfig>,
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
            redis: None,
        }
    }
}

/// A Redis server, and how much it may cost a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// Where it is, if that is no secret: `redis://HOST:PORT/DATABASE`.
    pub url: Option<String>,
    /// The environment variable with the URL, if that holds a password.
    pub url_env: Option<String>,
    /// How long a request waits for it at most.
    #[serde(with = "units::text")]
    pub timeout: Duration,
    /// How long it is left alone after it was too slow, or could not be reached.
    #[serde(with = "units::text")]
    pub pause: Duration,
    /// Before every key, so that others can use the same server.
    pub prefix: String,
    /// Results that wait to be written; more are not kept.
    pub queue: usize,
    /// Largest result that is written.
    pub max_result: ByteSize,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            url: None,
            url_env: None,
            timeout: Duration::from_millis(5),
            pause: Duration::from_secs(1),
            prefix: "eigen-driver-manager".to_owned(),
            queue: 256,
            max_result: ByteSize::mib(1),
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

/// How circuits are remembered that were read: parsed, checked, lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitCacheConfig {
    /// Whether they are at all.
    pub enabled: bool,
    /// All circuits together.
    pub max_size: ByteSize,
    /// Largest payload that is looked up.
    pub max_payload: ByteSize,
    /// How long a circuit is kept.
    #[serde(with = "units::text")]
    pub ttl: Duration,
}

impl Default for CircuitCacheConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            max_size: ByteSize::mib(64),
            max_payload: ByteSize::mib(1),
            ttl: Duration::from_mins(10),
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

    if let Some(redis) = &results.redis {
        check_redis(redis, rules);
    }

    let key = |name: &str| KeyPath::dotted("cache.devices").then(name);
    let devices = &cache.devices;
    rules.within(key("list_ttl"), devices.list_ttl, Duration::ZERO..=MAX_DURATION);
    rules.within(key("state_ttl"), devices.state_ttl, Duration::ZERO..=MAX_DURATION);
    rules.within(key("max_stale"), devices.max_stale, Duration::ZERO..=MAX_DURATION);
    rules.within(key("max_devices"), devices.max_devices, 1..=1_000_000);

    let key = |name: &str| KeyPath::dotted("cache.circuits").then(name);
    let circuits = &cache.circuits;
    rules.within(key("max_size"), circuits.max_size, ByteSize::kib(1)..=largest);
    rules.within(key("max_payload"), circuits.max_payload, ByteSize::kib(1)..=ByteSize::mib(1024));
    rules.within(key("ttl"), circuits.ttl, Duration::from_millis(1)..=MAX_DURATION);
}

fn check_redis(redis: &RedisConfig, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("cache.results.redis").then(name);
    if !cfg!(feature = "redis") {
        let problem = "this binary was built without Redis".to_owned();
        rules.broken(key("url"), vec![], problem, "a binary built with the feature `redis`".to_owned());
    }
    if redis.url.is_some() == redis.url_env.is_some() {
        let problem = "either the URL or the variable that holds it is wanted".to_owned();
        rules.broken(key("url"), vec![key("url_env")], problem, "one of the two keys".to_owned());
    }
    // A configuration is shown and logged; what is secret comes by reference.
    if redis.url.as_deref().is_some_and(|url| url.contains('@')) {
        let problem = "the URL holds a user or a password".to_owned();
        rules.broken(key("url"), vec![], problem, "such a URL in the variable of `url_env`".to_owned());
    }
    rules.within(key("timeout"), redis.timeout, Duration::from_millis(1)..=Duration::from_secs(1));
    rules.within(key("pause"), redis.pause, Duration::from_millis(10)..=Duration::from_hours(1));
    rules.within(key("queue"), redis.queue, 1..=1_000_000);
    rules.within(key("max_result"), redis.max_result, ByteSize::kib(1)..=ByteSize::mib(512));
}
