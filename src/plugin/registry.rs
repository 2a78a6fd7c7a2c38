//! The published drivers: a snapshot behind an atomic pointer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::driver::{Call, DriverInfo};
use crate::model::{Device, DeviceId, DriverName, Failure, Generation};
use crate::pool::Pool;

/// A driver generation in service.
pub struct Active {
    /// The name under which it runs.
    pub name: DriverName,
    /// Which replacement it is.
    pub generation: Generation,
    /// Where its component came from, for people.
    pub origin: String,
    /// Digest of its component, as `sha256:…`.
    pub digest: String,
    /// What it says about itself.
    pub info: Arc<DriverInfo>,
    /// Its connections.
    pub pool: Arc<Pool>,
    /// The most bytes of result metadata that callers get from it.
    pub metadata_limit: u64,
    devices: ArcSwap<Vec<Device>>,
}

impl Active {
    /// A generation with the devices it listed when it was loaded.
    pub fn new(
        artifact: (DriverName, String, String),
        generation: Generation,
        info: Arc<DriverInfo>,
        pool: Arc<Pool>,
        devices: Vec<Device>,
        metadata_limit: u64,
    ) -> Self {
        let (name, origin, digest) = artifact;
        let devices = ArcSwap::from_pointee(devices);
        Self { name, generation, origin, digest, info, pool, metadata_limit, devices }
    }

    /// The devices as last heard of.
    pub fn devices(&self) -> Arc<Vec<Device>> {
        self.devices.load_full()
    }

    /// One device as last heard of.
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        self.devices.load().iter().find(|device| device.id == *id).cloned()
    }

    /// Asks the driver for its devices anew, within `patience`. A driver that is busy with calls
    /// of others is not waited for: the last word counts. Ids never change within a generation.
    pub async fn refresh_devices(&self, patience: Duration) -> Result<Arc<Vec<Device>>, Failure> {
        let call = Call { deadline: Instant::now() + patience };
        let Some(lease) = self.pool.try_lease(call).await else { return Ok(self.devices()) };
        let fresh = lease?.devices(call).await?;
        let known = self.devices.load();
        let kept: Vec<Device> =
            fresh.into_iter().filter(|device| known.iter().any(|old| old.id == device.id)).collect();
        self.devices.store(Arc::new(kept));
        Ok(self.devices())
    }
}

/// What became of a driver.
#[derive(Clone)]
pub enum Entry {
    /// In service.
    Active(Arc<Active>),
    /// Not loaded; why.
    Failed(String),
}

/// All drivers at one moment.
#[derive(Default, Clone)]
pub struct Snapshot {
    drivers: BTreeMap<DriverName, Entry>,
    owners: HashMap<DeviceId, Arc<Active>>,
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

    /// The driver that owns a device.
    pub fn owner(&self, device: &DeviceId) -> Option<&Arc<Active>> {
        self.owners.get(device)
    }

    fn with(mut self, name: DriverName, entry: Entry) -> Result<Self, String> {
        self.owners.retain(|_, owner| owner.name != name);
        if let Entry::Active(active) = &entry {
            for device in active.devices().iter() {
                if let Some(other) = self.owners.insert(device.id.clone(), Arc::clone(active))
                    && other.name != name
                {
                    return Err(format!(
                        "device `{}` of driver `{name}` already belongs to driver `{}`",
                        device.id, other.name
                    ));
                }
            }
        }
        self.drivers.insert(name, entry);
        Ok(self)
    }
}

/// The one place where drivers are published.
#[derive(Default)]
pub struct Registry {
    current: ArcSwap<Snapshot>,
    /// Publications follow one another; readers never wait.
    publishing: std::sync::Mutex<()>,
}

impl Registry {
    /// The drivers as of now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Puts a driver in service, or notes why it is not. Refused, with nothing changed, if one of
    /// its devices belongs to another driver.
    pub fn publish(&self, name: DriverName, entry: Entry) -> Result<(), String> {
        let _turn = self.publishing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = Snapshot::clone(&self.current.load()).with(name, entry)?;
        self.current.store(Arc::new(next));
        Ok(())
    }
}
