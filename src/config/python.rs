//! How drivers written in Python are run.
//!
//! Owns names, defaults and ranges.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Config,
    check::{MAX_DURATION, Rules},
    tree::KeyPath,
    units::{self, ByteSize},
};

/// Workers of Python drivers; each driver has them for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Python {
    /// Whether a driver may run without a sandbox, or with part of one.
    pub isolation: Isolation,
    /// The user and group that workers run as where the host is root.
    pub user: u32,
    /// The interpreter: a virtual environment's folder, a file, or a program on `PATH`.
    pub interpreter: PathBuf,
    /// The folder of the worker. Without one it is looked for beside the program.
    pub bridge: Option<PathBuf>,
    /// Processes of one driver.
    pub workers: usize,
    /// Processes of one driver that are started before anyone needs them.
    pub standby: usize,
    /// Threads of a process for methods that are no coroutines.
    pub sync_threads: usize,
    /// Threads of a process, those of its libraries included.
    pub max_threads: usize,
    /// Files that a process may have open.
    pub max_files: u64,
    /// Largest file that a process may write.
    pub max_file: ByteSize,
    /// Largest message between host and worker.
    pub max_frame: ByteSize,
    /// How long a worker may take to give up a call, or to shut down; then it is killed.
    #[serde(with = "units::text")]
    pub cancel_grace: Duration,
    /// How often it is looked whether the secrets that a worker was given still hold; if not, it is replaced.
    #[serde(with = "units::text")]
    pub secrets_interval: Duration,
    /// How often a worker is asked whether its interpreter still runs; 0 s never asks.
    #[serde(with = "units::text")]
    pub ping_interval: Duration,
    /// How long a driver may hold the interpreter's lock; then its worker is killed.
    #[serde(with = "units::text")]
    pub ping_timeout: Duration,
    /// The longest wait before a driver is started again that has died before it answered anything.
    #[serde(with = "units::text")]
    pub max_backoff: Duration,
}

/// What one driver's entry says of Python.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriverPython {
    /// Its interpreter, as in `python.interpreter`; without one, that.
    pub interpreter: Option<PathBuf>,
}

/// What is around a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// A whole sandbox; where the kernel lacks a part of it, Python drivers are refused.
    #[default]
    Required,
    /// As much of a sandbox as the kernel has.
    BestEffort,
    /// Nothing: a driver can do whatever the host can.
    None,
}

impl Default for Python {
    fn default() -> Self {
        Self {
            isolation: Isolation::Required,
            user: 65534,
            interpreter: "python3".into(),
            bridge: None,
            workers: 1,
            standby: 0,
            sync_threads: 1,
            max_threads: 128,
            max_files: 256,
            max_file: ByteSize::mib(256),
            max_frame: ByteSize::mib(64),
            cancel_grace: Duration::from_millis(500),
            secrets_interval: Duration::from_secs(5),
            ping_interval: Duration::from_secs(5),
            ping_timeout: Duration::from_mins(1),
            max_backoff: Duration::from_secs(30),
        }
    }
}

/// The rules of this section.
pub(super) fn check(config: &Config, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("python").then(name);
    let python = &config.python;
    // Root again would own the host's files; what setuid takes for "leave it" is no user.
    rules.within(key("user"), python.user, 1..=u32::MAX - 1);
    rules.within(key("workers"), python.workers, 1..=256);
    rules.within(key("standby"), python.standby, 0..=16);
    rules.within(key("sync_threads"), python.sync_threads, 1..=256);
    // The worker itself has seven.
    rules.within(key("max_threads"), python.max_threads, 16..=4096);
    rules.within(key("max_files"), python.max_files, 32..=65_536);
    rules.within(key("max_file"), python.max_file, ByteSize::kib(64)..=ByteSize::mib(1 << 20));
    rules.within(key("max_frame"), python.max_frame, ByteSize::kib(64)..=ByteSize::mib(1024));
    rules.within(
        key("cancel_grace"),
        python.cancel_grace,
        Duration::from_millis(10)..=Duration::from_mins(1),
    );
    rules.within(
        key("secrets_interval"),
        python.secrets_interval,
        Duration::from_millis(10)..=Duration::from_hours(1),
    );
    rules.within(key("ping_interval"), python.ping_interval, Duration::ZERO..=Duration::from_hours(1));
    rules.within(key("ping_timeout"), python.ping_timeout, Duration::from_millis(100)..=MAX_DURATION);
    rules.within(
        key("max_backoff"),
        python.max_backoff,
        Duration::from_millis(100)..=Duration::from_hours(1),
    );
}
