//! Drivers come and go: the one place that changes what is in service.
//!
//! Operators, the plugin folders and the config ask; each driver is changed by one at a time. A change goes
//! verify → preflight → compile → warm → probe ([`ready`]), then is published and the old generation
//! drained ([`service`]). Invariants: whatever goes wrong before publication leaves the old generation in
//! service, pointer-identical; what is published was written down first ([`super::ledger`]), so that a
//! restart comes back as it was.

mod commands;
mod follow;
mod probe;
mod ready;
mod reload;
mod restore;
mod service;
mod slot;

pub use restore::LoadProblem;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;

use super::active::Active;
use super::discovery::Scanner;
use super::journal::Journal;
use super::ledger::Ledger;
use super::registry::Registry;
use super::store::Store;
use crate::config::{Config, ConfigErrors, LiveConfig};
use crate::driver::Runtime;
use crate::model::{DeviceId, Digest, DriverName, Failure, Generation, RejectReason, Rejection};
use crate::telemetry::{Telemetry, events};
use slot::Slot;

/// Runs a small circuit on a generation that does not serve yet.
#[async_trait]
pub trait SelfTest: Send + Sync {
    /// Fails if the device does not answer, or answers wrongly.
    async fn run(&self, candidate: &Arc<Active>, device: &DeviceId, deadline: Instant)
    -> Result<(), Failure>;
}

/// Reads the config anew.
pub type ReadConfig = Arc<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>;

/// What a manager works with.
pub struct Parts {
    /// The config in force; a reload changes it for all who share it.
    pub config: LiveConfig,
    /// Reads it anew.
    pub read_config: ReadConfig,
    /// What turns artifacts into drivers.
    pub runtimes: Vec<Arc<dyn Runtime>>,
    /// What it publishes to.
    pub registry: Arc<Registry>,
    /// What it writes down.
    pub ledger: Ledger,
    /// Where it keeps copies; `None`: nowhere, so that nothing outlives the process.
    pub store: Option<Store>,
    /// Tries new generations.
    pub self_test: Arc<dyn SelfTest>,
    /// Where it tells what it does.
    pub telemetry: Telemetry,
}

/// Changes drivers on the word of operators, of the plugin folders and of the config.
pub struct Manager {
    config: LiveConfig,
    read_config: ReadConfig,
    runtimes: Vec<Arc<dyn Runtime>>,
    registry: Arc<Registry>,
    ledger: Ledger,
    store: Option<Store>,
    self_test: Arc<dyn SelfTest>,
    telemetry: Telemetry,
    journal: Journal,
    slots: Mutex<BTreeMap<DriverName, Arc<Slot>>>,
    scanner: Arc<tokio::sync::Mutex<Scanner>>,
    /// The folders are to be followed as a new config says.
    reconfigured: tokio::sync::Notify,
    /// The start is over: from now on a change that cannot be written down is not made.
    started: AtomicBool,
    /// Of the built-in simulator: whatever equals it is trusted.
    embedded: Option<Digest>,
}

impl Manager {
    /// A manager; nothing is in service yet.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { config, read_config, runtimes, registry, ledger, store, self_test, telemetry } = parts;
        Arc::new(Self {
            journal: Journal::new(config.load().plugins.max_events),
            scanner: Arc::new(tokio::sync::Mutex::new(Scanner::new(&config.load()))),
            reconfigured: tokio::sync::Notify::new(),
            config,
            read_config,
            runtimes,
            registry,
            ledger,
            store,
            self_test,
            telemetry,
            slots: Mutex::default(),
            started: AtomicBool::new(false),
            embedded: super::discovery::embedded_digest(),
        })
    }

    /// What happened, for those who watch.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The drivers in service.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Notes who asked for what, for the audit trail.
    pub fn audit(
        &self,
        method: &'static str,
        driver: Option<&DriverName>,
        outcome: &'static str,
        details: String,
    ) {
        let name = driver.map_or("", DriverName::as_str);
        self.telemetry.emit(events::AdminCall { method, driver: name, outcome, details: &details });
        let fields = [("method", method.to_owned()), ("outcome", outcome.to_owned()), ("details", details)];
        self.journal.note("audit", (driver, None), format!("{method}: {outcome}"), fields);
    }

    /// The slot of a driver, made if it is new.
    fn slot(&self, name: &DriverName) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(name.clone()).or_insert_with(|| {
            let record = self.ledger.record(name.as_str());
            Arc::new(Slot::new(name.clone(), Generation(record.last_generation)))
        });
        Arc::clone(slot)
    }

    fn known_slots(&self) -> Vec<Arc<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Tells of a refusal, everywhere it is looked for. A trust refusal quarantines.
    fn refused(&self, slot: &Slot, generation: Option<Generation>, rejection: &Rejection) {
        let name = slot.name.as_str();
        let cause = std::iter::once(rejection.message.as_str())
            .chain(rejection.details.iter().map(String::as_str).filter(|detail| *detail != rejection.message))
            .collect::<Vec<_>>()
            .join("; ");
        let kind = if rejection.reason.quarantines() {
            let remedy = rejection.remedy.as_str();
            self.telemetry.emit(events::DriverQuarantined {
                driver: name,
                reason: rejection.reason.name(),
                cause: &cause,
                remedy,
            });
            "quarantined"
        } else {
            self.telemetry.emit(events::DriverLoadFailed {
                driver: name,
                reason: rejection.reason.name(),
                cause: &cause,
                remedy: &rejection.remedy,
            });
            "refused"
        };
        let fields = [("reason", rejection.reason.name().to_owned()), ("remedy", rejection.remedy.clone())];
        self.journal.note(kind, (Some(&slot.name), generation), cause.clone(), fields);
        slot.view().rejection = Some(rejection.clone());
        if self.registry.snapshot().serving(&slot.name).is_none() {
            // A driver that is not in service owns no devices: this cannot clash.
            let entry = super::registry::Entry::Failed(cause.clone());
            let _ = self.registry.publish(&slot.name, entry, || Ok(()));
        }
    }
}

impl Manager {
    /// Does what waits for a disk where that holds up no request. It is done even if nobody waits for it.
    async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Rejection> + Send + 'static,
    ) -> Result<T, Rejection> {
        let manager = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&manager)).await;
        done.unwrap_or_else(|gone| Err(not_saved(&std::io::Error::other(gone))))
    }

    /// What becomes of a write that failed: a change is refused, but at the start drivers serve all the same.
    /// What is lost then is only the memory of it.
    fn saved<T>(&self, written: std::io::Result<T>) -> Result<Option<T>, Rejection> {
        match written {
            Ok(written) => Ok(Some(written)),
            Err(error) if self.started.load(Ordering::Relaxed) => Err(not_saved(&error)),
            Err(error) => {
                tracing::warn!(%error, "the host's state cannot be written; what operators change will be lost at a restart");
                Ok(None)
            }
        }
    }
}

fn not_saved(error: &std::io::Error) -> Rejection {
    Rejection::new(
        RejectReason::NotSaved,
        format!("the change could not be written down, so it was not made: {error}"),
    )
    .remedy("Make room in, or repair, the folder of `wasm.state_dir`.")
}
