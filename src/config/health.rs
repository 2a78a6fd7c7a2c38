//! How often drivers are asked how they are, and when the host counts as ready.
//!
//! Owns names, defaults and ranges.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Config, check::Rules, drivers::is_driver_name, tree::KeyPath, units};

/// Health of drivers, and readiness of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// How often every driver is asked.
    #[serde(with = "units::text")]
    pub interval: Duration,
    /// How long a driver may think about it.
    #[serde(with = "units::text")]
    pub timeout: Duration,
    /// Which drivers must be able to work for the host to be ready.
    pub readiness: Readiness,
    /// The drivers that `readiness: named` means.
    pub required: Vec<String>,
}

/// Which drivers must be able to work for the host to be ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readiness {
    /// One of them, whichever.
    #[default]
    Any,
    /// All that the configuration enables and all that were found.
    All,
    /// Those of `health.required`.
    Named,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(1),
            readiness: Readiness::Any,
            required: Vec::new(),
        }
    }
}

/// The rules of this section.
pub(super) fn check(config: &Config, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("health").then(name);
    let health = &config.health;
    rules.within(key("interval"), health.interval, Duration::from_millis(100)..=Duration::from_hours(1));
    rules.within(key("timeout"), health.timeout, Duration::from_millis(10)..=Duration::from_mins(1));
    rules.ordered((key("timeout"), health.timeout), (key("interval"), health.interval));
    let (named, required) = (health.readiness == Readiness::Named, &health.required);
    if named == required.is_empty() {
        let problem = if named { "no driver is named" } else { "drivers are named, but not asked for" };
        let allowed = "names of drivers, together with `health.readiness: named`";
        rules.broken(key("required"), vec![key("readiness")], problem.to_owned(), allowed.to_owned());
    }
    for name in required.iter().filter(|name| !is_driver_name(name)) {
        let problem = format!("`{}` is no driver's name", name.escape_debug());
        rules.broken(key("required"), vec![], problem, "1 to 64 of a to z, 0 to 9 and -".to_owned());
    }
}
