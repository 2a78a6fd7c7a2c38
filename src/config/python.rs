//! How drivers written in Python are run.
//!
//! Owns names, defaults and ranges.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Config,
    check::Rules,
    tree::KeyPath,
    units::{self, ByteSize},
};

/// Workers of Python drivers; each driver has them for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Python {
    /// Whether a driver may run with the host's own rights.
    pub isolation: Isolation,
    /// The interpreter: a virtual environment's folder, a file, or a program on `PATH`.
    pub interpreter: PathBuf,
    /// The folder of the worker. Without one it is looked for beside the program.
    pub bridge: Option<PathBuf>,
    /// Processes of one driver.
    pub workers: usize,
    /// Threads of a process for methods that are no coroutines.
    pub sync_threads: usize,
    /// Largest message between host and worker.
    pub max_frame: ByteSize,
    /// How long a worker may take to give up a call, or to shut down; then it is killed.
    #[serde(with = "units::text")]
    pub cancel_grace: Duration,
    /// How often it is looked whether the secrets that a worker was given still hold; if not, it is replaced.
    #[serde(with = "units::text")]
    pub secrets_interval: Duration,
}

/// What is around a worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// A sandbox; where there is none, Python drivers are refused.
    #[default]
    Required,
    /// Nothing: a driver can do whatever the host can.
    None,
}

impl Default for Python {
    fn default() -> Self {
        Self {
            isolation: Isolation::Required,
            interpreter: "python3".into(),
            bridge: None,
            workers: 1,
            sync_threads: 1,
            max_frame: ByteSize::mib(64),
            cancel_grace: Duration::from_millis(500),
            secrets_interval: Duration::from_secs(5),
        }
    }
}

/// The rules of this section.
pub(super) fn check(config: &Config, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("python").then(name);
    let python = &config.python;
    rules.within(key("workers"), python.workers, 1..=256);
    rules.within(key("sync_threads"), python.sync_threads, 1..=256);
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
}
