//! The one seam: what a driver is.
//!
//! Nothing here knows WebAssembly or Python; dispatch, pool and registry know nothing else. A
//! [`Driver`] is one loaded generation; a [`Connection`] is one initialised instance of it, used
//! by one call at a time.

pub mod checks;
mod runtime;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use crate::model::{
    Device, DeviceId, DeviceState, DriverName, ExecutionKey, ExecutionRequest, Failure, Generation, Health,
    Outcome, Properties, Reconciliation, Ticket,
};

pub use runtime::{LoadStep, Loaded, OnLoadStep, Runtime, Source};

/// What a driver says about itself, checked by the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverInfo {
    /// The name it gives itself; operators may run it under another.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who wrote it.
    pub vendor: String,
    /// Version of the format of its tickets.
    pub ticket_version: u32,
    /// Versions of tickets it understands.
    pub accepts_ticket_versions: Vec<u32>,
    /// Anything else worth showing.
    pub features: Properties,
}

/// What every call carries down to the driver.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When the call must be over; then the connection is condemned.
    pub deadline: Instant,
}

/// One loaded generation of a driver.
#[async_trait]
pub trait Driver: Send + Sync {
    /// The name under which it runs.
    fn name(&self) -> &DriverName;

    /// Which replacement it is.
    fn generation(&self) -> Generation;

    /// Makes a new instance: handshake and initialize included.
    async fn connect(&self, call: Call) -> Result<Box<dyn Connection>, Failure>;
}

/// Whether a connection may serve another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// As good as new.
    Keep,
    /// Healthy, but better replaced; why.
    Retire(&'static str),
    /// Must not be used again: it trapped, timed out or was cancelled.
    Condemned,
}

/// One initialised instance of a driver. A dropped call future cancels the call and condemns it.
#[async_trait]
pub trait Connection: Send {
    /// What the driver said in its handshake.
    fn info(&self) -> &Arc<DriverInfo>;

    /// Whether it may serve another call.
    fn reuse(&self) -> Reuse;

    /// All devices.
    async fn devices(&mut self, call: Call) -> Result<Vec<Device>, Failure>;

    /// The state of one device.
    async fn device_state(&mut self, call: Call, device: &DeviceId) -> Result<DeviceState, Failure>;

    /// Runs or submits a circuit.
    async fn execute(&mut self, call: Call, request: ExecutionRequest) -> Result<Outcome, Failure>;

    /// Asks for a submitted job.
    async fn poll(&mut self, call: Call, ticket: &Ticket) -> Result<Outcome, Failure>;

    /// Stops a submitted job.
    async fn cancel(&mut self, call: Call, ticket: &Ticket) -> Result<(), Failure>;

    /// Looks for an execution by its key.
    async fn reconcile(&mut self, call: Call, key: &ExecutionKey) -> Result<Reconciliation, Failure>;

    /// Calibrates a device; returns the calibration's reference.
    async fn calibrate(
        &mut self,
        call: Call,
        device: &DeviceId,
        options: &BTreeMap<String, String>,
    ) -> Result<String, Failure>;

    /// Whether it can work.
    async fn health(&mut self, call: Call) -> Result<Health, Failure>;
}
