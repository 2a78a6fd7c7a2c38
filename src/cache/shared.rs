//! The seam to a second level of the result cache, which several hosts share.
//!
//! Invariants for whoever stands behind it: nothing here fails; a look takes no longer than its bound, and
//! nothing at all while the other side is known to be away; of a device that changed on any host nothing older
//! is found.

use std::time::SystemTime;

use async_trait::async_trait;

use super::key::ResultKey;
use crate::model::DeviceId;

/// A second level.
#[async_trait]
pub trait Shared: Send + Sync {
    /// What it has under a key.
    async fn look(&self, key: &ResultKey, device: &DeviceId) -> Look;

    /// Takes a result, in the background; if that is too much at the moment, not at all. `epoch` is that of
    /// the look before the run.
    fn keep(&self, key: &ResultKey, device: &DeviceId, epoch: u64, kept: Kept);

    /// A device changed on this host.
    fn device_changed(&self, device: &DeviceId);

    /// Waits for what changed on others.
    async fn changed_elsewhere(&self) -> Changed;
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Look {
    /// A result.
    pub found: Option<Kept>,
    /// How often the device has changed; `None` if the other side is away, so that nothing may be kept.
    pub epoch: Option<u64>,
}

/// A result on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it was made.
    pub made: SystemTime,
    /// The result, as [`Portable`] writes it.
    pub bytes: Vec<u8>,
}

/// What changed on another host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// This device.
    Device(DeviceId),
    /// Nobody knows what: messages may have been missed.
    Anything,
}

/// A value that can go to another host.
pub trait Portable: Sized {
    /// As bytes; `None` if it cannot be written.
    fn to_bytes(&self) -> Option<Vec<u8>>;

    /// From bytes that any version of this program may have written; `None` if they are not understood.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}
