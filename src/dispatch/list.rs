//! ListDevices.

use std::sync::Arc;
use std::time::Instant;

use super::{Dispatcher, RequestContext};
use crate::driver::Call;
use crate::model::{Device, DeviceStatus, Failure};
use crate::plugin::Active;
use crate::telemetry::metrics::DeviceSample;

impl Dispatcher {
    /// All devices of all drivers, by id. A driver that cannot answer does not fail the listing:
    /// its devices appear offline, with the reason.
    pub async fn list_devices(&self, context: &RequestContext) -> Vec<Device> {
        let call = self.call(context, None, self.config.load().deadlines.status);
        let snapshot = self.registry.snapshot();
        let drivers: Vec<_> = snapshot.active().collect();
        let asked = drivers.iter().map(|active| self.list_of(active, call, active.refresh_devices(call)));
        let mut devices: Vec<Device> = futures::future::join_all(asked).await.into_iter().flatten().collect();
        devices.sort_by(|one, other| one.id.cmp(&other.id));
        devices
    }

    /// Asks every driver for its devices that has a connection open and idle, so that what requests are checked
    /// against, and what operators see of queues, does not grow old while nobody lists devices.
    pub async fn refresh_devices(&self) {
        let call = Call { deadline: Instant::now() + self.config.load().deadlines.status };
        let snapshot = self.registry.snapshot();
        for active in snapshot.active() {
            self.list_of(active, call, active.refresh_if_idle(call)).await;
        }
    }

    async fn list_of(
        &self,
        active: &Active,
        call: Call,
        ask: impl Future<Output = Result<Arc<Vec<Device>>, Failure>>,
    ) -> Vec<Device> {
        let owner = (active.name.clone(), active.generation);
        let fetch = async {
            ask.await.inspect_err(|failure| {
                tracing::warn!(driver_name = active.name.as_str(), cause = %failure, "driver cannot list its devices");
            })
        };
        let unavailable = match self.devices.list(&owner, call.deadline, fetch).await {
            Ok(seen) => seen.stale,
            Err(failure) => Some(failure.message),
        };
        let known = active.devices();
        let devices: Vec<Device> = match unavailable {
            Some(reason) => known.iter().map(|device| offline(device, &reason)).collect(),
            None => known.to_vec(),
        };
        self.telemetry.metrics().set_devices(active.name.as_str(), samples(&devices));
        devices
    }
}

fn offline(device: &Device, reason: &str) -> Device {
    let mut device = device.clone();
    device.state.status = DeviceStatus::Offline;
    device.capabilities.insert("unavailable_reason".to_owned(), reason.to_owned());
    device
}

fn samples(devices: &[Device]) -> Vec<DeviceSample> {
    let sample = |device: &Device| DeviceSample {
        device_id: device.id.to_string(),
        provider: device.provider.clone(),
        available: device.state.status == DeviceStatus::Online,
        queue_depth: device.state.queue_depth,
    };
    devices.iter().map(sample).collect()
}
