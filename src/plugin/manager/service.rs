//! Into service and out of it: publication, trial, drain.
//!
//! The order is what keeps requests whole: the next generation is written down, then published, and only
//! then does the old one drain; a request that still holds the old snapshot finds the old gate open until
//! the last has left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ready::Ready;
use super::slot::{Previous, Slot};
use super::{Manager, not_saved};
use crate::model::{DeviceId, Generation, Happening, RejectReason, Rejection};
use crate::plugin::active::Active;
use crate::plugin::change::{Change, ChangeOutcome, OnStep, Step, Trial};
use crate::plugin::fault;
use crate::plugin::ledger::{Kept, Record};
use crate::plugin::registry::Entry;
use crate::plugin::trial::{self, Verdict};
use crate::telemetry::events;

/// What becomes of the old generation when another takes over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// A rollback brings it back.
    Kept,
    /// It is what was rolled back from.
    Dropped,
}

impl Manager {
    /// Puts a generation in service: for all requests, or for a share of them if there is a trial and an
    /// old generation to fall back on.
    pub(super) async fn put_in_service(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        ready: Ready,
        trial: Option<Trial>,
        step: OnStep<'_>,
    ) -> Result<Change, Rejection> {
        let old = self.registry.snapshot().serving(&slot.name).cloned();
        let change = compare(old.as_deref(), &ready);
        self.tell_lost(slot, &change);
        step(Step::Publish);
        match (old, trial) {
            (Some(old), Some(plan)) => {
                self.begin_trial(slot, ready, &old, plan)?;
                Ok(Change { outcome: ChangeOutcome::OnTrial, ..change })
            }
            (old, _) => {
                self.publish(slot, &ready, old, Old::Kept).await?;
                if change.previous.is_some() {
                    step(Step::Drain);
                }
                Ok(change)
            }
        }
    }

    /// Publishes a generation and lets the old one drain. On a refusal nothing has changed.
    pub(super) async fn publish(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        ready: &Ready,
        old: Option<Arc<Active>>,
        fate: Old,
    ) -> Result<(), Rejection> {
        // A further generation waits until an older one has drained, so that they cannot pile up.
        let place = Arc::clone(&slot.draining).acquire_owned().await;
        let active = &ready.active;
        let previous = match (&old, fate) {
            (Some(old), Old::Kept) => Some(kept(old)),
            (None, Old::Kept) => self.ledger.record(slot.name.as_str()).previous,
            (_, Old::Dropped) => None,
        };
        let (name, next) = (slot.name.clone(), Arc::clone(active));
        let published = self.on_disk(move |manager| {
            let commit = || {
                let write = |record: &mut Record| {
                    record.last_generation = record.last_generation.max(next.generation.0);
                    record.active = Some(kept(&next));
                    record.previous = previous;
                };
                manager.saved(manager.ledger.update(name.as_str(), write))?;
                fault::point("recorded");
                Ok(())
            };
            manager.registry.publish(&name, Entry::Active(Arc::clone(&next)), commit)
        });
        if let Err(rejection) = published.await {
            slot.happens(active.generation, Happening::Failed);
            self.refused(slot, Some(active.generation), &rejection);
            return Err(rejection);
        }
        fault::point("published");
        slot.happens(active.generation, Happening::Published);
        {
            let mut view = slot.view();
            view.rejection = None;
            view.previous = match (&old, fate) {
                (Some(old), Old::Kept) => Some(Previous::Ready(Arc::clone(old))),
                (None, Old::Kept) => view.previous.take(),
                (_, Old::Dropped) => None,
            };
        }
        self.telemetry.emit(events::DriverLoaded {
            driver: slot.name.as_str(),
            generation: active.generation.0,
            digest: &active.identity.digest.to_string(),
            source: &active.identity.origin,
            elapsed: ready.started.elapsed(),
            cached: ready.cached,
        });
        let fields = [
            ("digest", active.identity.digest.to_string()),
            ("origin", active.identity.origin.clone()),
            ("trust", active.identity.trust.clone()),
        ];
        let name = (Some(&slot.name), Some(active.generation));
        self.journal.note("activated", name, format!("generation {} serves", active.generation), fields);
        if let Some(old) = old {
            self.retire(slot, old, Some(active.generation), place.ok());
        }
        self.sweep_store();
        Ok(())
    }

    /// Takes a driver out of service; what serves finishes its calls.
    pub(super) async fn withdraw(self: &Arc<Self>, slot: &Arc<Slot>) -> Result<(), Rejection> {
        let Some(old) = self.registry.snapshot().serving(&slot.name).cloned() else { return Ok(()) };
        let place = Arc::clone(&slot.draining).acquire_owned().await;
        let (name, last) = (slot.name.clone(), Arc::clone(&old));
        let withdrawn = self.on_disk(move |manager| {
            let commit = || {
                let write = |record: &mut Record| {
                    record.previous = Some(kept(&last));
                    record.active = None;
                };
                manager.ledger.update(name.as_str(), write).map_err(|error| not_saved(&error))
            };
            manager.registry.forget(&name, commit)
        });
        withdrawn.await?;
        {
            let mut view = slot.view();
            view.previous = Some(Previous::Ready(Arc::clone(&old)));
            view.rejection = None;
        }
        let name = (Some(&slot.name), Some(old.generation));
        self.journal.note("unloaded", name, "the driver was taken out of service", []);
        self.retire(slot, old, None, place.ok());
        Ok(())
    }

    /// Lets a generation finish its calls, in the background and up to a hard stop.
    fn retire(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        old: Arc<Active>,
        successor: Option<Generation>,
        place: Option<tokio::sync::OwnedSemaphorePermit>,
    ) {
        slot.happens(old.generation, Happening::Withdrawn);
        let patience = self.config.load().plugins.drain_timeout;
        let (manager, slot) = (Arc::clone(self), Arc::clone(slot));
        tokio::spawn(async move {
            fault::point("drain");
            let started = Instant::now();
            let abandoned = old.gate().drain(started + patience).await;
            old.pool.close();
            slot.happens(old.generation, Happening::Drained);
            fault::point("retired");
            manager.telemetry.emit(events::DriverUnloaded {
                driver: slot.name.as_str(),
                generation: old.generation.0,
                successor: successor.map(|successor| successor.0),
                abandoned,
                drained: started.elapsed(),
            });
            let message = match abandoned {
                0 => "its last call has ended".to_owned(),
                count => format!("{count} calls were cut off after {patience:?}"),
            };
            manager.journal.note("drained", (Some(&slot.name), Some(old.generation)), message, []);
            drop(place);
        });
    }

    fn begin_trial(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        ready: Ready,
        old: &Arc<Active>,
        plan: Trial,
    ) -> Result<(), Rejection> {
        let run = Arc::new(trial::Run::new(plan, Arc::clone(&ready.active), old.tally()));
        let begun = self.registry.begin_trial(&slot.name, Arc::clone(&run));
        begun.inspect_err(|rejection| {
            slot.happens(ready.active.generation, Happening::Failed);
            self.refused(slot, Some(ready.active.generation), rejection);
        })?;
        slot.view().trial = Some(Arc::clone(&run));
        let percent = plan.share * 100.0;
        let message =
            format!("{percent} % of the requests go to it, until it has answered {}", plan.requests);
        let name = (Some(&slot.name), Some(ready.active.generation));
        self.journal.note("canary_began", name, message, []);
        let (manager, slot) = (Arc::clone(self), Arc::clone(slot));
        tokio::spawn(async move {
            let verdict = run.ended().await;
            let _turn = slot.turn.lock().await;
            let ours = slot.view().trial.as_ref().is_some_and(|trial| Arc::ptr_eq(trial, &run));
            // Another change may have ended the trial while its verdict waited for its turn.
            if ours {
                manager.end_trial(&slot, ready, verdict).await;
            }
        });
        Ok(())
    }

    async fn end_trial(self: &Arc<Self>, slot: &Arc<Slot>, ready: Ready, verdict: Verdict) {
        let candidate = Arc::clone(&ready.active);
        let name = (Some(&slot.name), Some(candidate.generation));
        slot.view().trial = None;
        match verdict {
            Verdict::Passed => {
                self.journal.note("canary_passed", name, "the trial has passed: all requests go to it", []);
                self.telemetry.emit(events::CanaryEnded {
                    driver: slot.name.as_str(),
                    generation: candidate.generation.0,
                    passed: true,
                    cause: "",
                });
                let old = self.registry.snapshot().serving(&slot.name).cloned();
                if self.publish(slot, &ready, old, Old::Kept).await.is_err() {
                    self.registry.end_trial(&slot.name);
                }
            }
            Verdict::Failed(why) => {
                self.registry.end_trial(&slot.name);
                slot.happens(candidate.generation, Happening::Failed);
                self.journal.note("canary_failed", name, why.clone(), []);
                self.telemetry.emit(events::CanaryEnded {
                    driver: slot.name.as_str(),
                    generation: candidate.generation.0,
                    passed: false,
                    cause: &why,
                });
                let rejection = Rejection::new(
                    RejectReason::CanaryFailed,
                    format!("the trial of generation {} failed: {why}", candidate.generation),
                )
                .remedy("The old generation serves. Mend the new one, or allow more in the canary's bounds.");
                self.refused(slot, Some(candidate.generation), &rejection);
                self.let_go(slot, candidate);
            }
        }
    }

    /// Breaks off a trial because another change comes first; whether there was one.
    pub(super) fn break_off_trial(self: &Arc<Self>, slot: &Arc<Slot>) -> bool {
        let Some(run) = slot.view().trial.take() else { return false };
        self.registry.end_trial(&slot.name);
        slot.happens(run.candidate.generation, Happening::Failed);
        let name = (Some(&slot.name), Some(run.candidate.generation));
        self.journal.note("canary_broken_off", name, "another change came first", []);
        self.let_go(slot, Arc::clone(&run.candidate));
        true
    }

    /// Lets a candidate that did not make it finish its calls.
    fn let_go(&self, slot: &Arc<Slot>, candidate: Arc<Active>) {
        let patience = self.config.load().plugins.drain_timeout;
        let place = Arc::clone(&slot.draining);
        tokio::spawn(async move {
            let _place = place.acquire_owned().await;
            candidate.gate().drain(Instant::now() + patience).await;
            candidate.pool.close();
        });
    }

    /// Devices that are about to go are told of before they are gone.
    pub(super) fn tell_lost(&self, slot: &Slot, change: &Change) {
        if change.lost_devices.is_empty() {
            return;
        }
        let devices: Vec<_> = change.lost_devices.iter().map(DeviceId::as_str).collect();
        let devices = devices.join(", ");
        self.telemetry.emit(events::DevicesLost { driver: slot.name.as_str(), devices: &devices });
        let message = format!("generation {} has no more: {devices}", change.generation.map_or(0, |g| g.0));
        self.journal.note("devices_lost", (Some(&slot.name), change.generation), message, []);
    }

    /// Removes copies that no record names any more, in the background.
    pub(super) fn sweep_store(&self) {
        let Some(store) = self.store.clone() else { return };
        let named: std::collections::HashSet<String> = self
            .ledger
            .records()
            .into_values()
            .flat_map(|record| [record.active, record.previous])
            .flatten()
            .map(|kept| kept.bundle)
            .collect();
        tokio::task::spawn_blocking(move || store.retain(|digest| named.contains(&digest.to_string())));
    }
}

/// A generation as the ledger keeps it.
pub(super) fn kept(active: &Active) -> Kept {
    Kept {
        generation: active.generation.0,
        digest: active.identity.digest.to_string(),
        bundle: active.identity.bundle.to_string(),
        origin: active.identity.origin.clone(),
    }
}

/// What a publication would change.
pub(super) fn compare(old: Option<&Active>, ready: &Ready) -> Change {
    let ids = |active: &Active| active.devices().iter().map(|device| device.id.clone()).collect::<Vec<_>>();
    let (before, after) = (old.map(ids).unwrap_or_default(), ids(&ready.active));
    let without = |all: &[DeviceId], others: &[DeviceId]| {
        all.iter().filter(|id| !others.contains(id)).cloned().collect::<Vec<_>>()
    };
    Change {
        outcome: ChangeOutcome::Changed,
        generation: Some(ready.active.generation),
        previous: old.map(|old| old.generation),
        lost_devices: without(&before, &after),
        new_devices: without(&after, &before),
        digest: Some(ready.active.identity.digest.to_string()),
        elapsed: Duration::ZERO,
    }
}
