//! A new config, taken up without a restart as far as that is safe.
//!
//! Drivers, their limits and settings, plugin folders, trust, resilience, deadlines and health are; edges, bounds of
//! the host and the engine are not, and are named. A file with a mistake changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::Manager;
use super::commands::refusal;
use super::service::kept;
use super::slot::Slot;
use crate::config::{Config, ConfigErrors};
use crate::model::DriverName;
use crate::plugin::bundle::Bundle;
use crate::plugin::change::{Change, ChangeError, ChangeOutcome, Reload};
use crate::telemetry::events;

/// Sections whose values hold from a reload on.
const HOT: [&str; 8] =
    ["drivers", "driver_defaults", "plugins", "resilience", "deadlines", "health", "egress", "secrets"];
/// Keys in them that hold only after a restart all the same.
const COLD: [&str; 2] = ["plugins.max_events", "resilience.callers"];

impl Manager {
    /// Reads the config file again and takes up what can be.
    ///
    /// # Errors
    /// Every mistake in the file; then nothing has changed.
    pub async fn reload(self: &Arc<Self>) -> Result<Reload, ConfigErrors> {
        let next = (self.read_config)()?;
        let before = self.config.load_full();
        let (applied, restart_required): (Vec<_>, Vec<_>) =
            differences(&before, &next).into_iter().partition::<Vec<_>, _>(|key| is_hot(key));
        self.config.store(Arc::new(taken_up(&before, next)));
        let config = self.config.load_full();
        let mut reload = Reload { applied, restart_required, ..Reload::default() };
        let scan = self.look_anew(&config).await;
        self.reconfigured.notify_one();
        let mut refused: BTreeSet<DriverName> = BTreeSet::new();
        for (name, _, rejection) in scan.refused {
            self.refused(&self.slot(&name), None, &rejection);
            reload.problems.push(refusal(&name, rejection));
            refused.insert(name);
        }
        let mut found: std::collections::BTreeMap<DriverName, Bundle> = scan.found.into_iter().collect();
        let names: BTreeSet<DriverName> =
            self.known_slots().iter().map(|slot| slot.name.clone()).chain(found.keys().cloned()).collect();
        for name in names.difference(&refused) {
            let slot = self.slot(name);
            let enabled = config.drivers.get(name.as_str()).is_none_or(|driver| driver.enabled);
            let _turn = slot.turn.lock().await;
            match self.follow_config(&slot, enabled, found.remove(name)).await {
                Ok(Some(change)) if change.outcome != ChangeOutcome::Unchanged => {
                    reload.drivers.push(name.clone());
                }
                Ok(_) => {}
                Err(problem) => reload.problems.push(problem),
            }
        }
        self.telemetry.emit(events::ConfigReloaded {
            applied: reload.applied.len(),
            restart_required: &reload.restart_required.join(", "),
        });
        let message =
            format!("{} keys applied, {} drivers changed", reload.applied.len(), reload.drivers.len());
        self.journal.note("config_reloaded", (None, None), message, []);
        Ok(reload)
    }

    /// One driver after a reload; `None`: it is not concerned.
    async fn follow_config(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        enabled: bool,
        found: Option<Bundle>,
    ) -> Result<Option<Change>, ChangeError> {
        let serving = self.registry.snapshot().serving(&slot.name).cloned();
        let record = self.ledger.record(slot.name.as_str());
        match (serving, found) {
            (Some(_), _) if !enabled => {
                self.break_off_trial(slot);
                let gone = self.disable(slot).await.map_err(|rejection| refusal(&slot.name, rejection))?;
                Ok(Some(gone))
            }
            (None, Some(bundle)) if enabled => {
                let unloaded = record.active.is_none() && record.observed == Some(bundle.id.to_string());
                if unloaded {
                    return Ok(None);
                }
                let id = bundle.id;
                let change = self.bring(slot, bundle, None, false, &|_| {}).await?;
                self.accepted(&slot.name, id).await;
                Ok(Some(change))
            }
            (Some(serving), found) => {
                let same = found.filter(|bundle| bundle.id == serving.identity.bundle);
                let bundle = match same {
                    Some(bundle) => bundle,
                    None => {
                        self.stored(&kept(&serving)).map_err(|rejection| refusal(&slot.name, rejection))?
                    }
                };
                self.bring(slot, bundle, None, false, &|_| {}).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The next config, but for what only a restart takes up: that stays as it is.
fn taken_up(before: &Config, next: Config) -> Config {
    let Config {
        deadlines,
        mut resilience,
        health,
        egress,
        secrets,
        driver_defaults,
        drivers,
        mut plugins,
        ..
    } = next;
    plugins.max_events = before.plugins.max_events;
    resilience.callers = before.resilience.callers;
    Config {
        deadlines,
        resilience,
        health,
        egress,
        secrets,
        driver_defaults,
        drivers,
        plugins,
        ..before.clone()
    }
}

/// Dotted paths of the keys whose values differ. Values are not shown: they may be secret.
fn differences(before: &Config, after: &Config) -> Vec<String> {
    fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<String>) {
        match (before, after) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for key in keys {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk(&path, one.get(key), other.get(key), found);
                }
            }
            (one, other) if one != other => found.push(path.to_owned()),
            _ => {}
        }
    }
    let tree = |config: &Config| serde_json::to_value(config).unwrap_or(Value::Null);
    let mut found = Vec::new();
    walk("", Some(&tree(before)), Some(&tree(after)), &mut found);
    found
}

fn is_hot(key: &str) -> bool {
    let section = key.split('.').next().unwrap_or_default();
    let below =
        |cold: &str| key.strip_prefix(cold).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    HOT.contains(&section) && !COLD.iter().any(|cold| below(cold))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_changed_key_is_named_by_its_path_and_sorted_by_whether_it_holds_at_once() {
        let before = Config::default();
        let mut after = before.clone();
        after.grpc.max_in_flight += 1;
        after.driver_defaults.instances += 1;
        after.plugins.max_events += 1;
        after.resilience.callers.known += 1;
        after.resilience.retry.attempts += 1;
        let mut changed = differences(&before, &after);
        changed.sort();
        let keys = [
            ("driver_defaults.instances", true),
            ("grpc.max_in_flight", false),
            ("plugins.max_events", false),
            ("resilience.callers.known", false),
            ("resilience.retry.attempts", true),
        ];
        assert_eq!(changed, keys.map(|(key, _)| key));
        assert_eq!(changed.iter().map(|key| is_hot(key)).collect::<Vec<_>>(), keys.map(|(_, hot)| hot));
        // What holds afterwards differs from before in the hot keys, and in nothing else.
        let mut held = differences(&before, &taken_up(&before, after));
        held.sort();
        assert_eq!(held, ["driver_defaults.instances", "resilience.retry.attempts"]);
    }
}
