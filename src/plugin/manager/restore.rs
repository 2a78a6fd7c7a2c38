//! The start: what served before serves again, unless the operator has put something else in its place.
//!
//! The ledger says what served; the folders say what the operator wishes. A bundle in a folder that differs
//! from the one last accepted there is a new wish; else the ledger counts, so that uploads, rollbacks and
//! unloads outlive a restart. A wish that is refused leaves what served before in service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::StreamExt as _;

use super::ready::Ready;
use super::service::Old;
use super::slot::{Previous, Slot};
use super::{Manager, not_saved};
use crate::config::SIMULATOR;
use crate::model::{Digest, DriverName, Generation, RejectReason, Rejection};
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::discovery::Scan;
use crate::plugin::ledger::{Kept, Record};
use crate::plugin::{discovery, fault};

/// Drivers made ready at once; each needs an instance for a moment.
const AT_ONCE: usize = 32;
/// The longest that a start waits for files that are being written.
const LONGEST_SETTLE: Duration = Duration::from_secs(2);

/// Why a driver is not in service, or not the one that was wanted.
#[derive(Debug, thiserror::Error)]
#[error("driver `{driver}` ({origin}): {rejection}{}", remedy(.rejection))]
pub struct LoadProblem {
    /// Its name.
    pub driver: DriverName,
    /// Where its artifact lies.
    pub origin: String,
    /// What is wrong.
    pub rejection: Rejection,
}

fn remedy(rejection: &Rejection) -> String {
    let mut lines = vec![""];
    lines.extend(rejection.details.iter().map(String::as_str));
    let remedy = format!("what to do: {}", rejection.remedy);
    if !rejection.remedy.is_empty() {
        lines.push(&remedy);
    }
    lines.join("\n  ")
}

/// What a driver is to come back with: the first that is accepted.
struct Plan {
    slot: Arc<Slot>,
    choices: Vec<Choice>,
}

struct Choice {
    bundle: Bundle,
    /// The number it had before; `None`: it is new.
    generation: Option<Generation>,
    /// It lies in a folder, or is embedded.
    found: bool,
}

impl Manager {
    /// Brings every driver into service. Those that cannot be are noted and returned; the others serve.
    pub async fn restore(self: &Arc<Self>) -> Vec<LoadProblem> {
        let scan = self.look_until_settled().await;
        let mut problems = Vec::new();
        for (name, origin, rejection) in scan.refused {
            let slot = self.slot(&name);
            self.refused(&slot, None, &rejection);
            problems.push(LoadProblem { driver: name, origin, rejection });
        }
        let found: BTreeMap<DriverName, Bundle> = scan.found.into_iter().collect();
        let plans = self.plans(found);
        let ready: Vec<_> = futures::stream::iter(plans)
            .map(|plan| self.first_accepted(plan))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut ready: Vec<_> = ready
            .into_iter()
            .filter_map(|(slot, ready, refused)| {
                problems.extend(refused);
                Some((slot, ready?))
            })
            .collect();
        // Who comes first owns a device that two claim: the simulator, then by name, however fast each is.
        ready.sort_by_key(|(slot, _)| (slot.name.as_str() != SIMULATOR, slot.name.clone()));
        for (slot, (ready, found)) in ready {
            let origin = ready.active.identity.origin.clone();
            let id = ready.active.identity.bundle;
            match self.publish(&slot, &ready, None, Old::Kept).await {
                Ok(()) if found => self.accepted(&slot.name, id).await,
                Ok(()) => {}
                Err(rejection) => problems.push(LoadProblem { driver: slot.name.clone(), origin, rejection }),
            }
        }
        self.sweep_store();
        self.started.store(true, Ordering::Relaxed);
        fault::arm();
        problems
    }

    /// What is there at the start. Files that were written a moment ago are given the time to settle, so that
    /// a host that says it is ready has what was put there before it was started.
    async fn look_until_settled(&self) -> Scan {
        let mut all = self.look_around().await;
        let patience = Instant::now() + self.config.load().plugins.settle.min(LONGEST_SETTLE);
        loop {
            let next = self.scanner.lock().await.next_look();
            let Some(next) = next.filter(|next| *next <= patience) else { return all };
            tokio::time::sleep_until(next.into()).await;
            let more = self.look_around().await;
            all.found.extend(more.found);
            all.refused.extend(more.refused);
        }
    }

    /// Notes what discovery last offered of a driver and the host accepted.
    pub(super) async fn observed(
        self: &Arc<Self>,
        name: &DriverName,
        id: Option<Digest>,
    ) -> Result<(), Rejection> {
        let name = name.clone();
        self.on_disk(move |manager| {
            let note = |record: &mut Record| record.observed = id.map(|id| id.to_string());
            manager.ledger.update(name.as_str(), note).map_err(|error| not_saved(&error))
        })
        .await
    }

    /// Notes it for a driver that serves already: forgetting it costs a look at the same files again.
    pub(super) async fn accepted(self: &Arc<Self>, name: &DriverName, id: Digest) {
        if let Err(rejection) = self.observed(name, Some(id)).await {
            tracing::warn!(
                driver_name = name.as_str(),
                error = rejection.message,
                "the ledger could not be written"
            );
        }
    }

    fn plans(&self, mut found: BTreeMap<DriverName, Bundle>) -> Vec<Plan> {
        let config = self.config.load_full();
        let records = self.ledger.records();
        let mut names: BTreeSet<DriverName> = found.keys().cloned().collect();
        names.extend(records.keys().map(|name| DriverName::new(name.as_str())));
        names.insert(DriverName::new(SIMULATOR));
        let enabled =
            |name: &DriverName| config.drivers.get(name.as_str()).is_none_or(|driver| driver.enabled);
        names
            .into_iter()
            .filter(enabled)
            .filter_map(|name| {
                let record = records.get(name.as_str()).cloned().unwrap_or_default();
                let slot = self.slot(&name);
                slot.view().previous = record.previous.clone().map(Previous::Stored);
                let choices = self.choices(&name, record, found.remove(&name));
                (!choices.is_empty()).then_some(Plan { slot, choices })
            })
            .collect()
    }

    fn choices(&self, name: &DriverName, record: Record, found: Option<Bundle>) -> Vec<Choice> {
        let wish = found.as_ref().map(|bundle| bundle.id.to_string());
        let is_new = wish.is_some() && wish != record.observed;
        let unloaded = record.active.is_none() && record.previous.is_some();
        let served = record.active.filter(|kept| {
            // A file that its operator has taken away is not brought back.
            found.is_some() || !matches!(Origin::parse(&kept.origin), Origin::File(_))
        });
        let number = |kept: &Kept| Some(Generation(kept.generation));
        let mut choices = Vec::new();
        match (found, &served) {
            (Some(bundle), Some(kept)) if wish.as_deref() == Some(kept.bundle.as_str()) => {
                choices.push(Choice { bundle, generation: number(kept), found: true });
            }
            (Some(bundle), _) if is_new => choices.push(Choice { bundle, generation: None, found: true }),
            _ => {}
        }
        if let Some(kept) = served.filter(|kept| Some(&kept.bundle) != wish.as_ref()) {
            match self.stored(&kept) {
                Ok(bundle) => choices.push(Choice { bundle, generation: number(&kept), found: false }),
                Err(rejection) => self.refused(&self.slot(name), number(&kept), &rejection),
            }
        }
        if name.as_str() == SIMULATOR
            && !unloaded
            && choices.iter().all(|choice| choice.bundle.origin != Origin::Embedded)
            && let Some(bundle) = discovery::embedded_bundle()
        {
            choices.push(Choice { bundle, generation: None, found: false });
        }
        choices
    }

    async fn first_accepted(
        self: &Arc<Self>,
        plan: Plan,
    ) -> (Arc<Slot>, Option<(Ready, bool)>, Vec<LoadProblem>) {
        let Plan { slot, choices } = plan;
        let mut refused = Vec::new();
        for Choice { bundle, generation, found } in choices {
            let generation = match generation {
                Some(generation) => {
                    slot.view().live(generation);
                    generation
                }
                None => slot.view().begin(),
            };
            match self.make_ready(&slot, &bundle, generation, &|_| {}).await {
                Ok(ready) => return (slot, Some((ready, found)), refused),
                Err(rejection) => refused.push(LoadProblem {
                    driver: slot.name.clone(),
                    origin: bundle.origin.to_string(),
                    rejection,
                }),
            }
        }
        (slot, None, refused)
    }

    /// A bundle from the store.
    pub(super) fn stored(&self, kept: &Kept) -> Result<Bundle, Rejection> {
        let refuse = |why: String| {
            Rejection::new(RejectReason::Unreadable, format!("the host's copy of {} {why}", kept.digest))
                .remedy("Swap in the artifact again.")
        };
        if Origin::parse(&kept.origin) == Origin::Embedded {
            return discovery::embedded_bundle()
                .filter(|bundle| bundle.id.to_string() == kept.bundle)
                .ok_or_else(|| refuse("was built into an older host".to_owned()));
        }
        let store =
            self.store.as_ref().ok_or_else(|| refuse("is not there: the host keeps none".to_owned()))?;
        let id = kept.bundle.parse().map_err(|_| refuse("has no name".to_owned()))?;
        let (parts, _pin) = store.fetch(id).map_err(|error| refuse(format!("cannot be read: {error}")))?;
        let origin = Origin::parse(&kept.origin);
        let directory = match &origin {
            Origin::File(path) => discovery::directory_of(path, &self.config.load()),
            Origin::Embedded | Origin::Upload => None,
        };
        Bundle::new(parts, origin, directory)
    }
}
