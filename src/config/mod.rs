//! The configuration: typed, with units, every mistake reported at once.
//!
//! Owns the file's format, its defaults and its limits; `docs/configuration.md` describes every key and a
//! test holds it to this code. The invariant: a [`Config`] that [`Config::load`] gives out has passed every
//! check, so the rest of the program does not check again. With no file the defaults run.
//!
//! Loading goes in steps, each a file here: text → tree with positions (`yaml`, `tree`) → typed values
//! (`read`, `sections`, `drivers`, `units`) → environment ([`environment`]) → checks across keys
//! (`check`). All add to one list of [`Problem`]s.

mod cache;
mod check;
mod drivers;
mod egress;
mod egress_target;
pub mod environment;
mod health;
mod otel;
mod plugins;
mod problem;
mod python;
mod read;
mod resilience;
mod sections;
mod telemetry;
#[cfg(test)]
mod tests;
mod tree;
mod units;
mod yaml;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde::{Deserialize, Serialize};

pub use cache::{Cache, CircuitCacheConfig, DeviceCacheConfig, RedisConfig, ResultCacheConfig};
pub use drivers::{DriverConfig, DriverLimits, LimitOverrides, SIMULATOR, is_driver_name};
pub use egress::{AwsSigV4, Egress, EgressRule, Grant, SecretSource, SecretUse, TokenSource, Zone};
pub use egress_target::EgressTarget;
pub use health::{Health, Readiness};
pub use plugins::{Admin, AdminBind, Canary, Plugins, PublicKey, Trust, TrustPolicy, WatchMode};
pub use problem::{ConfigErrors, Problem, Source};
pub use python::{Isolation, Python};
pub use resilience::{
    Admission, BreakerConfig, Callers, DriverResilience, FailureStatus, Fallback, Resilience,
    ResilienceOverrides, RetryConfig,
};
pub use sections::{Circuits, Console, Deadlines, Grpc, Http, Log, LogFormat, Pool, Wasm};
pub use telemetry::{Telemetry, Traces};
pub use tree::Position;
pub use units::{ByteSize, FuelBudget, MemoryShare, Percent, Rate, Ratio, readable};

use tree::Node;

/// The configuration in force, shared by all who follow it; taken once by each piece of work.
pub type LiveConfig = std::sync::Arc<arc_swap::ArcSwap<Config>>;

/// Largest configuration file that is read.
pub const MAX_FILE: ByteSize = ByteSize::mib(1);

/// All settings of the driver manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The Kernel's gRPC edge.
    pub grpc: Grpc,
    /// Metrics and health.
    pub http: Http,
    /// The operators' edge.
    pub admin: Admin,
    /// Logs.
    pub log: Log,
    /// Traces.
    pub telemetry: Telemetry,
    /// Bounds on circuits.
    pub circuits: Circuits,
    /// Deadlines of calls.
    pub deadlines: Deadlines,
    /// The WebAssembly engine.
    pub wasm: Wasm,
    /// How failures are met, and how much load is let in.
    pub resilience: Resilience,
    /// What is remembered of results and devices.
    pub cache: Cache,
    /// How often drivers are asked how they are, and when the host is ready.
    pub health: Health,
    /// Bounds of outbound HTTP.
    pub egress: Egress,
    /// Secrets by name, each by reference.
    pub secrets: BTreeMap<String, SecretSource>,
    /// Drivers written in Python.
    pub python: Python,
    /// Limits of a driver that sets none of its own.
    pub driver_defaults: DriverLimits,
    /// Drivers by name. The built-in simulator is always among them.
    pub drivers: BTreeMap<String, DriverConfig>,
    /// Where drivers are looked for.
    pub plugins: Plugins,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grpc: Grpc::default(),
            http: Http::default(),
            admin: Admin::default(),
            log: Log::default(),
            telemetry: Telemetry::default(),
            circuits: Circuits::default(),
            deadlines: Deadlines::default(),
            wasm: Wasm::default(),
            resilience: Resilience::default(),
            cache: Cache::default(),
            health: Health::default(),
            egress: Egress::default(),
            secrets: BTreeMap::new(),
            python: Python::default(),
            driver_defaults: DriverLimits::default(),
            drivers: drivers::default_drivers(),
            plugins: Plugins::default(),
        }
    }
}

impl Config {
    /// Reads the file, if one is named, then the environment, and checks the whole.
    ///
    /// `env` looks up an environment variable; pass `&|name| std::env::var(name).ok()`.
    ///
    /// # Errors
    /// Every mistake found, up to fifty, in the order of the file.
    pub fn load(path: Option<&Path>, env: &impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        match path {
            Some(path) => Self::from_yaml(&read_file(path)?, path, env),
            None => Self::from_yaml("", Path::new("(defaults)"), env),
        }
    }

    /// What is wrong with limits that do not come from this configuration: the same rules hold for them.
    pub fn problems_of(&self, limits: &DriverLimits) -> Vec<String> {
        check::problems_of(self, limits)
    }

    /// What is wrong with a log level that does not come from this configuration; `None` if it can be had.
    pub fn problem_of_level(level: &str) -> Option<String> {
        check::problem_of_level(level)
    }

    /// Like [`Config::load`], for a text at hand; `file` is the name that errors give.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_yaml(
        text: &str,
        file: &Path,
        env: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigErrors> {
        let mut problems = Vec::new();
        let in_file = |at| Source::File { path: file.to_owned(), at };

        let (mut tree, readable) = match yaml::parse(text) {
            Ok(tree) => (tree, true),
            Err(error) => {
                let source = in_file(error.at);
                let (key, problem) = (String::new(), error.message);
                problems.push(Problem { source, key, problem, allowed: None, suggestion: None });
                (Node::empty(), false)
            }
        };
        while problems.len() < read::MAX_PROBLEMS
            && let Some((path, at, first)) = tree.take_duplicate()
        {
            problems.push(Problem {
                source: in_file(Some(at)),
                key: path.to_string(),
                problem: format!("the key is already given in line {}", first.line),
                allowed: Some("each key once".to_owned()),
                suggestion: None,
            });
        }
        let whole = tree.clone();

        let mut doubtful = Vec::new();
        let config = read::read_all::<Self>(&mut tree, |fault, path| {
            let (problem, allowed, suggestion, at) = fault.into_parts();
            let key = path.to_string();
            problems.push(Problem { source: in_file(at), key, problem, allowed, suggestion });
            doubtful.push(path);
        });
        let Some(mut config) = config else { return Err(ConfigErrors::many(problems, in_file(None))) };
        config.drivers = drivers::complete(config.drivers);

        let mut origins = environment::apply(&mut config, env, &mut problems);
        origins.extend(otel::apply(&mut config, env, &mut problems));
        for finding in check::check(&config) {
            // A check is only as good as the values it compares: where one was refused, a default stands in.
            if !readable || finding.keys().any(|key| doubtful.iter().any(|path| path.overlaps(key))) {
                continue;
            }
            problems.push(finding.locate(&whole, file, &origins));
        }
        ConfigErrors::of(problems).map_or(Ok(config), Err)
    }

    /// The limits of a driver, whether the configuration names it or not.
    pub fn limits_of(&self, driver: &str) -> DriverLimits {
        let overrides = self.drivers.get(driver).map(|driver| &driver.limits);
        overrides.map_or_else(|| self.driver_defaults.clone(), |limits| limits.resolve(&self.driver_defaults))
    }

    /// What is allowed but worth a word at start, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        check::warnings(self)
    }
}

fn read_file(path: &Path) -> Result<String, ConfigErrors> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_FILE.bytes() + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let refuse = |problem: String, allowed| ConfigErrors::about_file(path, problem, allowed);
    let bytes = read().map_err(|error| refuse(format!("cannot be read: {error}"), None))?;
    if bytes.len() > MAX_FILE.as_usize() {
        return Err(refuse("the file is too large".to_owned(), Some(format!("at most {MAX_FILE}"))));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        refuse(format!("byte {offset} is not valid UTF-8"), Some("UTF-8 text".to_owned()))
    })
}
