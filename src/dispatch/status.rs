//! GetDeviceStatus.

use super::{Dispatcher, RequestContext, validate};
use crate::model::{DeviceId, DeviceState, Failure};
use crate::telemetry::metrics::Operation;

/// A device's state, and how fresh it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The device.
    pub device_id: DeviceId,
    /// Its state.
    pub state: DeviceState,
    /// Told from memory, because all of the driver's instances were busy.
    pub stale: bool,
    /// The driver that knows it.
    pub driver: String,
}

impl Dispatcher {
    /// The state of one device. A driver whose instances are all busy is not waited for: the last
    /// word counts, and is marked as stale.
    pub async fn device_status(&self, context: &RequestContext, device_id: &str) -> Result<Status, Failure> {
        validate::device_id(device_id)?;
        let device_id = DeviceId::new(device_id);
        let route = self.find(context, &device_id)?;
        let active = &route.active;
        let call = self.call(context, None, self.config.deadlines.status);
        let known = active.device(&device_id).map(|device| device.state);
        let answer = match (active.pool.try_lease(call).await, known) {
            (None, Some(state)) => Ok((state, true)),
            (None, None) => match active.pool.lease(call).await {
                Ok(mut lease) => lease.device_state(call, &device_id).await.map(|state| (state, false)),
                Err(failure) => Err(failure),
            },
            (Some(Ok(mut lease)), _) => {
                lease.device_state(call, &device_id).await.map(|state| (state, false))
            }
            (Some(Err(failure)), _) => Err(failure),
        };
        let label = answer.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
        self.telemetry.metrics().attempt(active.name.as_str(), Operation::GetDeviceStatus, label);
        let (state, stale) = answer.inspect_err(|failure| self.note(active, &device_id, failure))?;
        self.telemetry.metrics().set_queue_depth(active.name.as_str(), device_id.as_str(), state.queue_depth);
        Ok(Status { device_id, state, stale, driver: active.name.to_string() })
    }
}
