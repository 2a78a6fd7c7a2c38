//! The health report: every driver with its state and the reason.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::driver::Call;
use crate::model::{Health, Properties};
use crate::plugin::{Active, Entry, Snapshot};

/// How long a driver may think about its health.
const PATIENCE: Duration = Duration::from_secs(1);

/// What `/healthz` answers.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The host takes requests and at least one driver can work.
    pub(super) ready: bool,
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
pub(super) async fn report(drivers: &Snapshot, serving: bool, notes: &[String]) -> Report {
    let asked = drivers.drivers().iter().map(async |(name, entry)| {
        let health = match entry {
            Entry::Active(active) => ask(active).await,
            Entry::Failed(why) => {
                DriverHealth { ready: false, reason: why.clone(), details: Properties::new() }
            }
        };
        (name.to_string(), health)
    });
    let drivers_health: BTreeMap<_, _> = futures::future::join_all(asked).await.into_iter().collect();
    Report {
        ready: serving && drivers_health.values().any(|driver| driver.ready),
        drivers: drivers_health,
        capabilities: drivers
            .active()
            .map(|active| (active.name.to_string(), capabilities(active)))
            .collect(),
        notes: notes.to_vec(),
    }
}

/// A driver whose instances are all at work is alive; it is not made to wait for its own health.
async fn ask(active: &Active) -> DriverHealth {
    let call = Call { deadline: Instant::now() + PATIENCE };
    let health = match active.pool.try_lease(call).await {
        None => Ok(Health { ready: true, reason: String::new(), details: Properties::new() }),
        Some(Ok(mut lease)) => lease.health(call).await,
        Some(Err(failure)) => Err(failure),
    };
    let mut health = health.unwrap_or_else(|failure| Health {
        ready: false,
        reason: failure.message,
        details: Properties::new(),
    });
    health.details.insert("generation".to_owned(), active.generation.to_string());
    health.details.insert("digest".to_owned(), active.identity.digest.to_string());
    health.details.insert("origin".to_owned(), active.identity.origin.clone());
    health.details.insert("trust".to_owned(), active.identity.trust.clone());
    health.details.insert("version".to_owned(), active.info.version.clone());
    DriverHealth { ready: health.ready, reason: health.reason, details: health.details }
}

fn capabilities(active: &Active) -> Capabilities {
    Capabilities { driver_api_version: "1.0".to_owned(), features: active.info.features.clone() }
}
