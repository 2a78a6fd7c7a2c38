//! Gauges about devices, taken from a table when the page is asked for.
//!
//! A table instead of gauge families, because devices come and go with their driver: dropping a driver's
//! entry drops every series of it, and none can be forgotten. Drivers name their devices, so the number of
//! devices is capped.

use std::{
    collections::BTreeMap,
    fmt::Error,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::labels::clean;

/// Devices of one driver that have a series of their own; further ones are counted as available or not,
/// but show no queue.
pub const MAX_DEVICES: usize = 1024;

/// What the metrics say of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSample {
    /// Its id.
    pub device_id: String,
    /// Who provides it.
    pub provider: String,
    /// Whether it takes circuits now.
    pub available: bool,
    /// Jobs that wait for it.
    pub queue_depth: u32,
}

/// Devices by driver.
#[derive(Debug, Default)]
pub(super) struct DeviceGauges(RwLock<BTreeMap<String, Vec<DeviceSample>>>);

impl DeviceGauges {
    pub(super) fn set(&self, driver: &str, mut devices: Vec<DeviceSample>) {
        for device in &mut devices {
            device.device_id = clean(&device.device_id);
            device.provider = clean(&device.provider);
        }
        // One series a device: a driver that names one twice must not spoil the page.
        devices.sort_by(|a, b| a.device_id.cmp(&b.device_id));
        devices.dedup_by(|a, b| a.device_id == b.device_id);
        self.write().insert(clean(driver), devices);
    }

    pub(super) fn set_queue_depth(&self, driver: &str, device_id: &str, depth: u32) {
        let (driver, device_id) = (clean(driver), clean(device_id));
        if let Some(devices) = self.write().get_mut(&driver)
            && let Ok(index) = devices.binary_search_by(|device| device.device_id.cmp(&device_id))
        {
            devices[index].queue_depth = depth;
        }
    }

    pub(super) fn remove(&self, driver: &str) {
        self.write().remove(&clean(driver));
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Vec<DeviceSample>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Vec<DeviceSample>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for DeviceGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let table = self.read();

        let help = "Devices that take circuits now";
        let mut family =
            encoder.encode_descriptor("eigen_available_devices", help, None, MetricType::Gauge)?;
        for (driver, devices) in table.iter() {
            let mut available: BTreeMap<&str, i64> = BTreeMap::new();
            for device in devices {
                *available.entry(&device.provider).or_default() += i64::from(device.available);
            }
            for (provider, count) in available.into_iter().take(MAX_DEVICES) {
                let labels = [("driver", driver.as_str()), ("provider", provider)];
                ConstGauge::new(count).encode(family.encode_family(&labels)?)?;
            }
        }

        let help = "Jobs that wait for the device";
        let mut family =
            encoder.encode_descriptor("eigen_device_queue_depth", help, None, MetricType::Gauge)?;
        for (driver, devices) in table.iter() {
            for device in devices.iter().take(MAX_DEVICES) {
                let labels = [("driver", driver.as_str()), ("device_id", device.device_id.as_str())];
                ConstGauge::new(i64::from(device.queue_depth)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
