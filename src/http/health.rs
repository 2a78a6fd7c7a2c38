//! The health report: every driver with its state and the reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dispatch::Dispatcher;
use crate::model::{Health, Properties};
use crate::plugin::Active;

/// What `/healthz` answers.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The host takes requests, and as many drivers can work as `health.readiness` asks for.
    pub(super) ready: bool,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    drivers: BTreeMap<String, DriverHealth>,
    capabilities: BTreeMap<String, Capabilities>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DriverHealth {
    ready: bool,
    reason: String,
    details: Properties,
}

#[derive(Debug, Serialize)]
struct Capabilities {
    driver_api_version: String,
    features: Properties,
}

/// Asks every driver that has an instance to spare.
pub(super) async fn report(dispatcher: &Dispatcher, serving: bool, notes: &[String]) -> Report {
    let vitals = dispatcher.vitals().await;
    let ready = if serving { dispatcher.ready_with(&vitals) } else { Err(super::NOT_SERVING.to_owned()) };
    let snapshot = dispatcher.drivers();
    let drivers = vitals.into_iter().map(|(name, health)| {
        let active = snapshot.serving(&name);
        (name.to_string(), described(health, active.map(AsRef::as_ref)))
    });
    Report {
        ready: ready.is_ok(),
        reason: ready.err().unwrap_or_default(),
        drivers: drivers.collect(),
        capabilities: snapshot
            .active()
            .map(|active| (active.name.to_string(), capabilities(active)))
            .collect(),
        notes: notes.to_vec(),
    }
}

fn described(health: Health, active: Option<&Active>) -> DriverHealth {
    let Health { ready, reason, mut details } = health;
    if let Some(active) = active {
        let mut add = |key: &str, value: String| details.insert(key.to_owned(), value);
        add("generation", active.generation.to_string());
        add("digest", active.identity.digest.to_string());
        add("origin", active.identity.origin.clone());
        add("trust", active.identity.trust.clone());
        add("version", active.info.version.clone());
    }
    DriverHealth { ready, reason, details }
}

fn capabilities(active: &Active) -> Capabilities {
    Capabilities { driver_api_version: "1.0".to_owned(), features: active.info.features.clone() }
}
