//! Generations for tests of what moves them about: they have devices, and no connection ever opens.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::active::{Active, Identity};
use crate::driver::{Call, Connection, Driver, DriverInfo};
use crate::model::{
    Device, DeviceFeatures, DeviceId, DeviceState, DeviceStatus, Digest, DriverName, Failure, FailureKind,
    Generation, Properties,
};
use crate::pool::{Bounds, Pool};
use crate::telemetry::Telemetry;
use crate::telemetry::metrics::BuildInfo;

struct Fake(DriverName, Generation);

#[async_trait]
impl Driver for Fake {
    fn name(&self) -> &DriverName {
        &self.0
    }

    fn generation(&self) -> Generation {
        self.1
    }

    async fn connect(&self, _call: Call) -> Result<Box<dyn Connection>, Failure> {
        Err(Failure::new(FailureKind::Unavailable, "nobody is there"))
    }
}

/// A generation with these devices.
pub(super) fn active(name: &str, generation: u64, devices: &[&str]) -> Arc<Active> {
    let (name, generation) = (DriverName::new(name), Generation(generation));
    let bounds = Bounds {
        size: 1,
        idle_timeout: Duration::from_mins(1),
        acquire_timeout: Duration::from_secs(1),
        initialize_timeout: Duration::from_secs(1),
        ..Bounds::default()
    };
    let telemetry = Telemetry::new(BuildInfo { version: "0", interface: "0" });
    let pool = Pool::new(Arc::new(Fake(name.clone(), generation)), bounds, telemetry);
    let digest = Digest::of(format!("{name} {generation}").as_bytes());
    let identity = Identity {
        name,
        generation,
        origin: "upload".to_owned(),
        digest,
        bundle: digest,
        runtime: "wasm",
        trust: "none".to_owned(),
        plugin: Default::default(),
        terms: digest,
    };
    let info = DriverInfo {
        name: String::new(),
        version: String::new(),
        vendor: String::new(),
        ticket_version: 1,
        accepts_ticket_versions: vec![1],
        features: Properties::new(),
    };
    Arc::new(Active::new(identity, Arc::new(info), pool, devices.iter().map(|id| device(id)).collect(), 0))
}

fn device(id: &str) -> Device {
    Device {
        id: DeviceId::new(id),
        name: String::new(),
        backend_type: "simulator".to_owned(),
        provider: "tests".to_owned(),
        state: DeviceState {
            status: DeviceStatus::Online,
            queue_depth: 0,
            estimated_wait: None,
            as_of: SystemTime::UNIX_EPOCH,
            metadata: Properties::new(),
        },
        limits: Vec::new(),
        gates: Vec::new(),
        forms: Vec::new(),
        coupling: None,
        calibration_id: None,
        max_shots: None,
        features: DeviceFeatures::default(),
        capabilities: Properties::new(),
    }
}
