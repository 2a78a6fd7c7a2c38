//! ListDevices.

use super::{Dispatcher, RequestContext};
use crate::model::{Device, DeviceStatus};
use crate::telemetry::metrics::DeviceSample;

impl Dispatcher {
    /// All devices of all drivers, by id. A driver that cannot answer does not fail the listing:
    /// its devices appear offline, with the reason.
    pub async fn list_devices(&self, context: &RequestContext) -> Vec<Device> {
        let patience = self.call(context, None, self.config.deadlines.status);
        let snapshot = self.registry.snapshot();
        let drivers: Vec<_> = snapshot.active().collect();
        let asked = drivers.iter().map(async |active| {
            let left = patience.deadline.saturating_duration_since(std::time::Instant::now());
            let devices = active.refresh_devices(left).await.map_or_else(
                |failure| {
                    tracing::warn!(driver_name = active.name.as_str(), cause = %failure, "driver cannot list its devices");
                    active.devices().iter().map(|device| offline(device, &failure.message)).collect()
                },
                |devices| devices.to_vec(),
            );
            self.telemetry.metrics().set_devices(active.name.as_str(), samples(&devices));
            devices
        });
        let mut devices: Vec<Device> = futures::future::join_all(asked).await.into_iter().flatten().collect();
        devices.sort_by(|one, other| one.id.cmp(&other.id));
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
