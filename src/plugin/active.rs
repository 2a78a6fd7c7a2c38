//! One generation of a driver that can serve: what it is, its devices, its connections, its door.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use super::gate::Gate;
use super::trial::Tally;
use crate::driver::{Call, DriverInfo};
use crate::model::{Device, DeviceId, Digest, DriverName, Failure, Generation};
use crate::pool::{Lease, Pool};

/// What identifies a generation, for people and for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name under which it runs.
    pub name: DriverName,
    /// Which replacement it is.
    pub generation: Generation,
    /// Where its artifact came from, for people.
    pub origin: String,
    /// Of its artifact.
    pub digest: Digest,
    /// Of artifact, manifest and signature together: whether two bundles are the same.
    pub bundle: Digest,
    /// What runs it: `wasm` or `python`.
    pub runtime: &'static str,
    /// Why it is trusted.
    pub trust: String,
    /// Id and version by its manifest; empty without one.
    pub plugin: (String, String),
    /// Of the limits and settings it runs with: whether a new config concerns it.
    pub terms: Digest,
}

/// A generation that can serve.
pub struct Active {
    /// What it is.
    pub identity: Identity,
    /// The name under which it runs.
    pub name: DriverName,
    /// Which replacement it is.
    pub generation: Generation,
    /// What it says about itself.
    pub info: Arc<DriverInfo>,
    /// Its connections.
    pub pool: Arc<Pool>,
    /// The most bytes of result metadata that callers get from it.
    pub metadata_limit: u64,
    /// When it was made ready.
    pub since: SystemTime,
    devices: ArcSwap<Vec<Device>>,
    gate: Arc<Gate>,
    tally: Mutex<Tally>,
}

impl Active {
    /// A generation with the devices it listed when it was probed.
    pub fn new(
        identity: Identity,
        info: Arc<DriverInfo>,
        pool: Arc<Pool>,
        devices: Vec<Device>,
        metadata_limit: u64,
    ) -> Self {
        Self {
            name: identity.name.clone(),
            generation: identity.generation,
            identity,
            info,
            pool,
            metadata_limit,
            since: SystemTime::now(),
            devices: ArcSwap::from_pointee(devices),
            gate: Arc::default(),
            tally: Mutex::default(),
        }
    }

    /// The devices as last heard of.
    pub fn devices(&self) -> Arc<Vec<Device>> {
        self.devices.load_full()
    }

    /// One device as last heard of.
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        self.devices.load().iter().find(|device| device.id == *id).cloned()
    }

    /// Asks the driver for its devices anew. A driver that is busy with calls
    /// of others is not waited for: the last word counts. Ids never change within a generation.
    pub async fn refresh_devices(&self, call: Call) -> Result<Arc<Vec<Device>>, Failure> {
        match self.pool.try_lease(call).await {
            None => Ok(self.devices()),
            Some(lease) => self.devices_by(&mut lease?, call).await,
        }
    }

    /// As [`Active::refresh_devices`], for a driver that has a connection open and idle; the last word of any
    /// other counts.
    pub async fn refresh_if_idle(&self, call: Call) -> Result<Arc<Vec<Device>>, Failure> {
        match self.pool.try_idle() {
            None => Ok(self.devices()),
            Some(mut lease) => self.devices_by(&mut lease, call).await,
        }
    }

    async fn devices_by(&self, lease: &mut Lease, call: Call) -> Result<Arc<Vec<Device>>, Failure> {
        let fresh = lease.devices(call).await?;
        let known = self.devices.load();
        let kept: Vec<Device> =
            fresh.into_iter().filter(|device| known.iter().any(|old| old.id == device.id)).collect();
        self.devices.store(Arc::new(kept));
        Ok(self.devices())
    }

    /// Its door.
    pub(super) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Requests that it is answering.
    pub fn in_flight(&self) -> usize {
        self.gate.inside()
    }

    /// Counts an answer.
    pub(super) fn note(&self, failed: bool, latency: Duration) {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(failed, latency);
    }

    /// How it did so far.
    pub(super) fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
