//! The published drivers: a snapshot behind an atomic pointer.
//!
//! Invariants: a request takes the snapshot once and never sees half of a change; a publication that is
//! refused leaves the snapshot pointer-identical.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::active::Active;
use super::gate::Visit;
use super::trial;
use crate::model::{DeviceId, DriverName, RejectReason, Rejection};

/// What became of a driver.
#[derive(Clone)]
pub enum Entry {
    /// In service.
    Active(Arc<Active>),
    /// Not in service; why.
    Failed(String),
}

/// All drivers at one moment.
#[derive(Default, Clone)]
pub struct Snapshot {
    drivers: BTreeMap<DriverName, Entry>,
    owners: HashMap<DeviceId, Arc<Active>>,
    trials: BTreeMap<DriverName, Arc<trial::Run>>,
}

impl Snapshot {
    /// All drivers, by name.
    pub fn drivers(&self) -> &BTreeMap<DriverName, Entry> {
        &self.drivers
    }

    /// All drivers in service, by name.
    pub fn active(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.drivers.values().filter_map(|entry| match entry {
            Entry::Active(active) => Some(active),
            Entry::Failed(_) => None,
        })
    }

    /// The generation of a driver in service.
    pub fn serving(&self, name: &DriverName) -> Option<&Arc<Active>> {
        match self.drivers.get(name) {
            Some(Entry::Active(active)) => Some(active),
            _ => None,
        }
    }

    /// The driver that owns a device.
    pub fn owner(&self, device: &DeviceId) -> Option<&Arc<Active>> {
        self.owners.get(device)
    }

    /// The driver that a device belongs to.
    pub fn owner_of(&self, device: &DeviceId) -> Option<DriverName> {
        self.owner(device).map(|active| active.name.clone())
    }

    /// The trial of a driver, if a new generation of it is on trial.
    pub fn trial(&self, name: &DriverName) -> Option<&Arc<trial::Run>> {
        self.trials.get(name)
    }

    fn with(mut self, name: &DriverName, entry: Entry) -> Result<Self, Rejection> {
        self.owners.retain(|_, owner| owner.name != *name);
        self.trials.remove(name);
        if let Entry::Active(active) = &entry {
            self.own(active)?;
        }
        self.drivers.insert(name.clone(), entry);
        Ok(self)
    }

    fn own(&mut self, active: &Arc<Active>) -> Result<(), Rejection> {
        let mut clashes = Vec::new();
        for device in active.devices().iter() {
            let before = self.owners.insert(device.id.clone(), Arc::clone(active));
            if let Some(other) = before.filter(|other| other.name != active.name) {
                clashes.push(format!(
                    "device `{}` of driver `{}` already belongs to driver `{}`",
                    device.id, active.name, other.name
                ));
            }
        }
        match clashes.first() {
            None => Ok(()),
            Some(first) => Err(Rejection::new(RejectReason::DeviceClash, first.clone())
                .remedy("Give the devices other ids, or unload the other driver first.")
                .details(clashes)),
        }
    }
}

/// The generation that a request is to use, and the right to use it.
pub struct Route {
    /// The generation.
    pub active: Arc<Active>,
    /// Emptied when the request leaves before its answer is there.
    visit: Mutex<Option<Visit>>,
    trial: Option<Arc<trial::Run>>,
}

impl Route {
    fn of(active: Arc<Active>, trial: Option<Arc<trial::Run>>) -> Option<Self> {
        let visit = Mutex::new(Some(active.gate().enter()?));
        Some(Self { active, visit, trial })
    }

    /// A route to a generation that does not serve yet.
    pub fn to(candidate: &Arc<Active>) -> Option<Self> {
        Self::of(Arc::clone(candidate), None)
    }

    /// Ends when the generation is taken out of service for good and this request is to break off.
    pub async fn cut(&self) {
        self.active.gate().cut().await;
    }

    /// Lets the generation go although the answer is still to come, from its successor.
    pub fn leave(&self) {
        self.visit.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Counts an answer: for the generation, and for the trial if there is one.
    pub fn note(&self, failed: bool, latency: std::time::Duration) {
        self.active.note(failed, latency);
        if let Some(trial) = &self.trial {
            trial.note(Arc::ptr_eq(&trial.candidate, &self.active), failed, latency);
        }
    }
}

/// The one place where drivers are published.
#[derive(Default)]
pub struct Registry {
    current: ArcSwap<Snapshot>,
    /// Publications follow one another; readers never wait.
    publishing: Mutex<()>,
}

impl Registry {
    /// The drivers as of now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The generation that a request for this device is to use; `None` if there is no such device.
    pub fn route(&self, device: &DeviceId) -> Option<Route> {
        loop {
            let snapshot = self.current.load();
            let owner = snapshot.owner(device)?;
            let trial = snapshot.trial(&owner.name);
            let candidate =
                trial.map(|trial| &trial.candidate).filter(|candidate| candidate.device(device).is_some());
            let chosen = candidate.filter(|_| trial.is_some_and(|trial| trial.takes_next())).unwrap_or(owner);
            let compared = candidate.and(trial);
            if let Some(route) = Route::of(Arc::clone(chosen), compared.cloned()) {
                return Some(route);
            }
            // A gate closes only after its successor was published, so the next look finds another one.
        }
    }

    /// The generation now in service under this name, for calls that outlive theirs.
    pub fn route_to(&self, name: &DriverName) -> Option<Route> {
        let snapshot = self.current.load();
        Route::of(Arc::clone(snapshot.serving(name)?), None)
    }

    /// Puts a driver in service, or notes why it is not. `commit` is the last step before it holds: if it
    /// fails, or if a device belongs to another driver, nothing has changed.
    pub fn publish(
        &self,
        name: &DriverName,
        entry: Entry,
        commit: impl FnOnce() -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        self.change(|now| now.with(name, entry), commit)
    }

    /// Whether a generation could be published now; nothing changes.
    pub fn would_publish(&self, name: &DriverName, active: &Arc<Active>) -> Result<(), Rejection> {
        Snapshot::clone(&self.current.load()).with(name, Entry::Active(Arc::clone(active))).map(drop)
    }

    /// Takes a name off the list altogether.
    pub fn forget(
        &self,
        name: &DriverName,
        commit: impl FnOnce() -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        let without = |mut now: Snapshot| {
            now = now.with(name, Entry::Failed(String::new()))?;
            now.drivers.remove(name);
            Ok(now)
        };
        self.change(without, commit)
    }

    /// Gives a share of a driver's requests to a new generation of it. Its devices must be free.
    pub fn begin_trial(&self, name: &DriverName, run: Arc<trial::Run>) -> Result<(), Rejection> {
        let with_trial = |mut now: Snapshot| {
            // Devices that only the candidate has come with its publication; a clash must show before.
            now.clone().with(name, Entry::Active(Arc::clone(&run.candidate)))?;
            now.trials.insert(name.clone(), run);
            Ok(now)
        };
        self.change(with_trial, || Ok(()))
    }

    /// Ends a trial: the generation in service gets all requests again.
    pub fn end_trial(&self, name: &DriverName) {
        let without = |mut now: Snapshot| {
            now.trials.remove(name);
            Ok(now)
        };
        // Nothing in it can be refused.
        let _ = self.change(without, || Ok(()));
    }

    fn change(
        &self,
        next: impl FnOnce(Snapshot) -> Result<Snapshot, Rejection>,
        commit: impl FnOnce() -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        let _turn = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = next(Snapshot::clone(&self.current.load()))?;
        commit()?;
        self.current.store(Arc::new(next));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
