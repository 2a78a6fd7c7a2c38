//! How drivers are, and whether the host is ready with what it has.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Dispatcher;
use crate::config::Readiness;
use crate::driver::Call;
use crate::model::{DriverName, Health, Properties};
use crate::plugin::{Active, Entry};
use crate::resilience::{Phase, Scope};

/// How every driver is that is, or should be, in service.
pub type Vitals = BTreeMap<DriverName, Health>;

impl Dispatcher {
    /// Asks every driver that has a connection to spare. One whose connections are all at work is alive, and
    /// for one that has none open none is opened: hundreds of idle drivers are to stay idle. It was asked when
    /// it was made ready, and is again with its next call; `min_idle` keeps a connection open for it.
    pub async fn vitals(&self) -> Vitals {
        let snapshot = self.registry.snapshot();
        let asked = snapshot.drivers().iter().map(async |(name, entry)| {
            let health = match entry {
                Entry::Active(active) => self.ask_health(active).await,
                Entry::Failed(why) => unable(why.clone()),
            };
            (name.clone(), health)
        });
        futures::future::join_all(asked).await.into_iter().collect()
    }

    /// Whether the host can do its work with drivers that are like this.
    ///
    /// # Errors
    /// What is missing, for people.
    pub fn ready_with(&self, vitals: &Vitals) -> Result<(), String> {
        let health = &self.config.load().health;
        ready(health.readiness, &health.required, vitals)
    }

    async fn ask_health(&self, active: &Active) -> Health {
        if self.breaker_is_open(&active.name) {
            return unable("its breaker is open".to_owned());
        }
        let call = Call { deadline: Instant::now() + self.config.load().health.timeout };
        let health = match active.pool.try_idle() {
            None => Ok(Health { ready: true, reason: String::new(), details: Properties::new() }),
            Some(mut lease) => lease.health(call).await,
        };
        health.unwrap_or_else(|failure| unable(failure.message))
    }

    fn breaker_is_open(&self, driver: &DriverName) -> bool {
        let open = |(scope, snapshot): &(Scope, crate::resilience::Snapshot)| {
            matches!(scope, Scope::Driver(name) if name == driver) && snapshot.phase == Phase::Open
        };
        self.breakers.snapshots(Instant::now()).iter().any(open)
    }
}

fn ready(rule: Readiness, required: &[String], vitals: &Vitals) -> Result<(), String> {
    let broken = |(name, health): (&DriverName, &Health)| {
        let why = if health.reason.is_empty() { "it cannot work" } else { &health.reason };
        (!health.ready).then(|| format!("{name}: {why}"))
    };
    let problems: Vec<String> = match rule {
        Readiness::Any if vitals.values().any(|health| health.ready) => Vec::new(),
        Readiness::Any if vitals.is_empty() => vec!["no driver is in service".to_owned()],
        Readiness::Any | Readiness::All => vitals.iter().filter_map(broken).collect(),
        Readiness::Named => required
            .iter()
            .filter_map(|name| match vitals.get_key_value(name.as_str()) {
                Some(driver) => broken(driver),
                None => Some(format!("{name}: not in service")),
            })
            .collect(),
    };
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

fn unable(reason: String) -> Health {
    Health { ready: false, reason, details: Properties::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vitals(drivers: &[(&str, bool)]) -> Vitals {
        let health = |ready| Health { ready, reason: String::new(), details: Properties::new() };
        drivers.iter().map(|(name, ready)| (DriverName::new(*name), health(*ready))).collect()
    }

    #[test]
    fn one_driver_is_enough_unless_the_operator_wants_more() {
        let mixed = vitals(&[("lab", false), ("simulator", true)]);
        let named = |name: &str| ready(Readiness::Named, &[name.to_owned()], &mixed);
        assert_eq!(ready(Readiness::Any, &[], &mixed), Ok(()));
        assert_eq!(ready(Readiness::All, &[], &mixed), Err("lab: it cannot work".to_owned()));
        assert_eq!(named("simulator"), Ok(()));
        assert_eq!(named("lab"), Err("lab: it cannot work".to_owned()));
        assert_eq!(named("ibm"), Err("ibm: not in service".to_owned()));
    }

    #[test]
    fn a_host_without_a_driver_that_works_is_not_ready() {
        assert!(ready(Readiness::Any, &[], &vitals(&[("lab", false)])).is_err());
        assert_eq!(ready(Readiness::Any, &[], &Vitals::new()), Err("no driver is in service".to_owned()));
    }
}
