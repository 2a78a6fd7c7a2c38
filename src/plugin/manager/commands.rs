//! What operators can ask for: look, load, unload, swap, roll back.
//!
//! Each asks for a state, not for a step: asking for what holds already changes nothing and says so.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::MutexGuard;

use super::Manager;
use super::ready::Ready;
use super::service::{Old, compare};
use super::slot::{Previous, Slot};
use crate::config::Canary;
use crate::driver::Call;
use crate::model::{DriverName, Generation, RejectReason, Rejection, Stage};
use crate::plugin::active::Active;
use crate::plugin::bundle::{Bundle, Origin};
use crate::plugin::change::{
    Change, ChangeError, ChangeOutcome, OnStep, Replacement, Step, SwapRequest, Trial,
};
use crate::plugin::discovery;
use crate::plugin::report::{DriverReport, GenerationReport};
use crate::plugin::store::Parts;
use crate::telemetry::events;

/// How long an operator's call waits for another change of the same driver.
const TURN_PATIENCE: Duration = Duration::from_secs(1);

impl Manager {
    /// All drivers, by name.
    pub fn drivers(&self) -> Vec<DriverReport> {
        self.known_slots().iter().map(|slot| self.report(slot)).collect()
    }

    /// One driver.
    pub fn driver(&self, name: &DriverName) -> Result<DriverReport, ChangeError> {
        self.existing(name).map(|slot| self.report(&slot))
    }

    /// Puts a driver in service that is not: from a path, from where discovery finds it, or, if it is found
    /// nowhere, the generation that served last.
    pub async fn load(
        self: &Arc<Self>,
        name: &DriverName,
        path: Option<&Path>,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let started = Instant::now();
        let bundle = match path {
            Some(path) => self.bundle_at(name, path).await,
            None => self.discovered(name).await,
        };
        let slot = match &bundle {
            Ok(_) => self.slot(name),
            Err(_) => self.existing(name)?,
        };
        let _turn = take_turn(&slot).await?;
        let serving = self.registry.snapshot().serving(name).cloned();
        if path.is_none() && serving.is_some() {
            return Ok(unchanged(serving.as_ref(), started));
        }
        let previous = slot.view().previous.clone();
        let bundle = match (bundle, previous) {
            (Ok(bundle), _) => bundle,
            (Err(ChangeError::Unknown(_)), Some(previous)) => {
                return self.load_previous(&slot, previous, step).await.map(|change| timed(change, started));
            }
            (Err(error), _) => return Err(error),
        };
        if let Some(serving) = serving {
            if serving.identity.bundle == bundle.id {
                return Ok(unchanged(Some(&serving), started));
            }
            let text = "it is in service already, with another artifact";
            let rejection = Rejection::new(RejectReason::DuplicateId, text).remedy("Use swap to replace it.");
            return Err(refusal(name, rejection));
        }
        self.bring(&slot, bundle, None, false, step).await.map(|change| timed(change, started))
    }

    /// The generation that served before it was unloaded.
    async fn load_previous(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        previous: Previous,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let ready =
            self.revive(slot, previous, step).await.map_err(|rejection| refusal(&slot.name, rejection))?;
        let change = compare(None, &ready);
        step(Step::Publish);
        let published = self.publish(slot, &ready, None, Old::Dropped).await;
        published.map(|()| change).map_err(|rejection| refusal(&slot.name, rejection))
    }

    /// Takes a driver out of service and drains it. It stays out until it is loaded again, or its file
    /// changes.
    pub async fn unload(
        self: &Arc<Self>,
        name: &DriverName,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let started = Instant::now();
        let slot = self.existing(name)?;
        let _turn = take_turn(&slot).await?;
        self.break_off_trial(&slot);
        let Some(serving) = self.registry.snapshot().serving(name).cloned() else {
            return Ok(unchanged(None, started));
        };
        step(Step::Drain);
        self.withdraw(&slot).await.map_err(|rejection| refusal(name, rejection))?;
        Ok(gone(&serving, started))
    }

    /// Takes a driver out because the config says so: unlike an unload this ends with the config's word.
    pub(super) async fn disable(self: &Arc<Self>, slot: &Arc<Slot>) -> Result<Change, Rejection> {
        let started = Instant::now();
        let Some(serving) = self.registry.snapshot().serving(&slot.name).cloned() else {
            return Ok(unchanged(None, started));
        };
        self.withdraw(slot).await?;
        self.observed(&slot.name, None).await?;
        Ok(gone(&serving, started))
    }

    /// Replaces a driver; with a trial, answers when the trial has begun.
    pub async fn swap(
        self: &Arc<Self>,
        request: SwapRequest,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let started = Instant::now();
        let SwapRequest { name, replacement, expected_digest, dry_run, trial } = request;
        let slot = self.slot_for_swap(&name)?;
        let _turn = take_turn(&slot).await?;
        let bundle = match replacement {
            Replacement::Path(path) => self.bundle_at(&name, &path).await?,
            Replacement::Upload { artifact, manifest, signature } => {
                let parts = Parts { artifact: artifact.into(), manifest, signature };
                Bundle::new(parts, Origin::Upload, None)
                    .map_err(|rejection| self.refuse_bundle(&slot, rejection))?
            }
        };
        if let Some(expected) = expected_digest.filter(|expected| *expected != bundle.digest) {
            let text = format!("the artifact has the digest {}, not {expected}", bundle.digest);
            let rejection = Rejection::new(RejectReason::DigestMismatch, text)
                .remedy("Send the artifact that was meant, or leave the expected digest out.");
            return Err(self.refuse_bundle(&slot, rejection));
        }
        let swapped = self.bring(&slot, bundle, trial, dry_run, step).await;
        let outcome = swapped.as_ref().map_or("refused", |change| change.outcome.name());
        self.telemetry.emit(events::SwapEnded { driver: name.as_str(), outcome, elapsed: started.elapsed() });
        swapped.map(|change| timed(change, started))
    }

    /// Goes back to the generation that served before, or to the one named.
    pub async fn rollback(
        self: &Arc<Self>,
        name: &DriverName,
        to: Option<Generation>,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let started = Instant::now();
        let slot = self.existing(name)?;
        let _turn = take_turn(&slot).await?;
        let ended_trial = self.break_off_trial(&slot);
        let serving = self.registry.snapshot().serving(name).cloned();
        if let Some(serving) =
            serving.as_ref().filter(|serving| ended_trial || to == Some(serving.generation))
        {
            let outcome = if ended_trial { ChangeOutcome::Changed } else { ChangeOutcome::Unchanged };
            return Ok(Change { outcome, ..unchanged(Some(serving), started) });
        }
        let previous = slot.view().previous.clone();
        let none = ChangeError::NoRollback { driver: name.clone(), wanted: to };
        let previous = match previous {
            Some(previous) if to.is_none_or(|wanted| wanted == previous.generation()) => previous,
            // What was asked for without a number was done before: there is nothing older.
            None if to.is_none() && serving.is_some() => return Ok(unchanged(serving.as_ref(), started)),
            _ => return Err(none),
        };
        let ready = self.revive(&slot, previous, step).await.map_err(|rejection| refusal(name, rejection))?;
        let change = compare(serving.as_deref(), &ready);
        step(Step::Publish);
        let published = self.publish(&slot, &ready, serving, Old::Dropped).await;
        let outcome = if published.is_ok() { "rolled_back" } else { "refused" };
        self.telemetry.emit(events::SwapEnded { driver: name.as_str(), outcome, elapsed: started.elapsed() });
        published.map_err(|rejection| refusal(name, rejection))?;
        let message = format!("back to generation {}", ready.active.generation);
        self.journal.note("rolled_back", (Some(name), Some(ready.active.generation)), message, []);
        Ok(timed(change, started))
    }

    /// Takes a bundle all the way. The caller holds the slot's turn.
    pub(super) async fn bring(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        bundle: Bundle,
        trial: Option<Trial>,
        dry_run: bool,
        step: OnStep<'_>,
    ) -> Result<Change, ChangeError> {
        let name = &slot.name;
        if !dry_run {
            self.break_off_trial(slot);
        }
        let serving = self.registry.snapshot().serving(name).cloned();
        if let Some(serving) = &serving
            && serving.identity.bundle == bundle.id
            && self.verify(slot, &bundle).is_ok_and(|verified| verified.terms == serving.identity.terms)
        {
            slot.view().rejection = None;
            return Ok(unchanged(Some(serving), Instant::now()));
        }
        let generation = slot.view().begin();
        let ready = self.make_ready(slot, &bundle, generation, step).await;
        let ready = ready.map_err(|rejection| refusal(name, rejection))?;
        if dry_run {
            let change = compare(serving.as_deref(), &ready);
            self.tell_lost(slot, &change);
            let free = self.registry.would_publish(name, &ready.active);
            ready.active.pool.close();
            slot.forget(generation);
            free.map_err(|rejection| refusal(name, rejection))?;
            return Ok(Change { outcome: ChangeOutcome::WouldChange, ..change });
        }
        let configured = || {
            let config = self.config.load();
            config.drivers.get(name.as_str()).and_then(|driver| driver.canary).map(Trial::from)
        };
        let published = self.put_in_service(slot, ready, trial.or_else(configured), step).await;
        published.map_err(|rejection| refusal(name, rejection))
    }

    /// A generation that served before, ready to serve again.
    async fn revive(
        self: &Arc<Self>,
        slot: &Arc<Slot>,
        previous: Previous,
        step: OnStep<'_>,
    ) -> Result<Ready, Rejection> {
        let started = Instant::now();
        match previous {
            Previous::Ready(old) => {
                step(Step::Warm);
                let pool = old.pool.renewed();
                let patience = self.config.load().plugins.probe_timeout;
                let call = Call { deadline: started + patience };
                let refuse = |failure: crate::model::Failure| {
                    Rejection::new(RejectReason::StartFailed, failure.to_string()).remedy(failure.remediation)
                };
                drop(pool.lease(call).await.map_err(refuse)?);
                let active = Active::new(
                    old.identity.clone(),
                    Arc::clone(&old.info),
                    pool,
                    old.devices().to_vec(),
                    old.metadata_limit,
                );
                let active = Arc::new(active);
                slot.view().restore(&active);
                Ok(Ready { active, _pin: None, cached: true, started })
            }
            Previous::Stored(kept) => {
                let bundle = self.stored(&kept)?;
                let generation = Generation(kept.generation);
                slot.view().live(generation);
                self.make_ready(slot, &bundle, generation, step).await
            }
        }
    }

    /// What lies at a path of the host.
    async fn bundle_at(&self, name: &DriverName, path: &Path) -> Result<Bundle, ChangeError> {
        let (config, path) = (self.config.load_full(), path.to_owned());
        let read = tokio::task::spawn_blocking(move || discovery::bundle_at(&path, &config)).await;
        let read =
            read.unwrap_or_else(|gone| Err(Rejection::new(RejectReason::Unreadable, gone.to_string())));
        read.map_err(|rejection| refusal(name, rejection))
    }

    fn refuse_bundle(&self, slot: &Slot, rejection: Rejection) -> ChangeError {
        self.refused(slot, None, &rejection);
        refusal(&slot.name, rejection)
    }

    fn existing(&self, name: &DriverName) -> Result<Arc<Slot>, ChangeError> {
        self.known_slots()
            .into_iter()
            .find(|slot| slot.name == *name)
            .ok_or_else(|| ChangeError::Unknown(name.clone()))
    }

    /// A swap may bring a driver that was never here, but its name must be one.
    fn slot_for_swap(&self, name: &DriverName) -> Result<Arc<Slot>, ChangeError> {
        if crate::config::is_driver_name(name.as_str()) {
            Ok(self.slot(name))
        } else {
            Err(ChangeError::Unknown(name.clone()))
        }
    }

    fn report(&self, slot: &Slot) -> DriverReport {
        let snapshot = self.registry.snapshot();
        let serving = snapshot.serving(&slot.name);
        let view = slot.view();
        let rollback = view.previous.as_ref().map(Previous::generation);
        let trial = view.trial.as_ref();
        let relevant = |generation: Generation, stage: Stage| {
            matches!(stage, Stage::Active | Stage::Draining | Stage::Validated)
                || rollback == Some(generation)
                || (serving.is_none() && view.lives.front().is_some_and(|life| life.generation == generation))
        };
        let lives = view.lives.iter().filter(|life| relevant(life.generation, life.stage));
        let generations: Vec<_> = lives
            .filter_map(|life| {
                let identity = life.identity.as_ref()?;
                let active = life.active.upgrade();
                Some(GenerationReport {
                    generation: life.generation,
                    stage: life.stage,
                    digest: identity.digest.to_string(),
                    origin: identity.origin.clone(),
                    runtime: identity.runtime,
                    trust: identity.trust.clone(),
                    plugin: identity.plugin.clone(),
                    driver_version: active
                        .as_ref()
                        .map(|active| active.info.version.clone())
                        .unwrap_or_default(),
                    in_flight: active.as_ref().map_or(0, |active| active.in_flight()),
                    canary_share: trial
                        .filter(|trial| trial.candidate.generation == life.generation)
                        .map_or(0.0, |trial| trial.plan.share),
                    since: life.since,
                    rollback_target: rollback == Some(life.generation),
                })
            })
            .collect();
        let last = view.lives.front().map_or(Stage::Deactivated, |life| life.stage);
        DriverReport {
            name: slot.name.clone(),
            stage: if serving.is_some() { Stage::Active } else { last },
            rejection: view.rejection.clone(),
            generations,
            devices: serving
                .map(|active| active.devices().iter().map(|device| device.id.clone()).collect())
                .unwrap_or_default(),
        }
    }
}

impl From<Canary> for Trial {
    fn from(canary: Canary) -> Self {
        Self {
            share: f64::from(canary.share.0) / 100.0,
            requests: canary.requests,
            max_error_rate: f64::from(canary.max_error_rate.0) / 100.0,
            max_latency_ratio: (canary.max_latency_ratio > 0).then(|| f64::from(canary.max_latency_ratio)),
            timeout: canary.timeout,
        }
    }
}

/// Operators wait a little for a change that is about to end; else they are told that one is under way.
async fn take_turn(slot: &Slot) -> Result<MutexGuard<'_, ()>, ChangeError> {
    let turn = tokio::time::timeout(TURN_PATIENCE, slot.turn.lock()).await;
    turn.map_err(|_| ChangeError::Busy(slot.name.clone()))
}

pub(super) fn refusal(driver: &DriverName, rejection: Rejection) -> ChangeError {
    ChangeError::Refused { driver: driver.clone(), rejection }
}

fn gone(old: &Arc<Active>, started: Instant) -> Change {
    Change {
        outcome: ChangeOutcome::Changed,
        generation: None,
        previous: Some(old.generation),
        lost_devices: old.devices().iter().map(|device| device.id.clone()).collect(),
        ..unchanged(None, started)
    }
}

fn unchanged(serving: Option<&Arc<Active>>, started: Instant) -> Change {
    Change {
        outcome: ChangeOutcome::Unchanged,
        generation: serving.map(|serving| serving.generation),
        previous: serving.map(|serving| serving.generation),
        lost_devices: Vec::new(),
        new_devices: Vec::new(),
        digest: serving.map(|serving| serving.identity.digest.to_string()),
        elapsed: started.elapsed(),
    }
}

fn timed(change: Change, started: Instant) -> Change {
    let elapsed: Duration = started.elapsed();
    Change { elapsed, ..change }
}
