//! GetDeviceStatus.

use super::{Dispatcher, RequestContext, validate};
use crate::driver::Call;
use crate::model::{DeviceId, DeviceState, Failure, FailureKind};
use crate::plugin::Active;
use crate::telemetry::metrics::Operation;

/// A device's state, and how fresh it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The device.
    pub device_id: DeviceId,
    /// Its state.
    pub state: DeviceState,
    /// Why it is told from memory; `None` if it is fresh.
    pub stale: Option<String>,
    /// The driver that knows it.
    pub driver: String,
}

impl Dispatcher {
    /// The state of one device. A driver whose instances are all busy is not waited for, and one that does
    /// not answer is not insisted upon: the last word counts, and is marked as stale.
    pub async fn device_status(&self, context: &RequestContext, device_id: &str) -> Result<Status, Failure> {
        validate::device_id(device_id)?;
        let device_id = DeviceId::new(device_id);
        let route = self.find(context, &device_id)?;
        let active = &route.active;
        let call = self.call(context, None, self.config.load().deadlines.status);
        let owner = (active.name.clone(), active.generation);
        let fetch = async {
            let answer = ask(active, &device_id, call).await;
            let label = answer.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
            self.telemetry.metrics().attempt(active.name.as_str(), Operation::GetDeviceStatus, label);
            answer.inspect_err(|failure| {
                if failure.kind != FailureKind::Capacity {
                    self.note(active, &device_id, failure);
                }
            })
        };
        let (state, stale) = match self.devices.state(&owner, &device_id, call.deadline, fetch).await {
            Ok(seen) => (seen.value, seen.stale),
            Err(failure) => {
                (self.last_word(active, &device_id, &failure).ok_or(failure.clone())?, Some(failure.message))
            }
        };
        self.telemetry.metrics().set_queue_depth(active.name.as_str(), device_id.as_str(), state.queue_depth);
        Ok(Status { device_id, state, stale, driver: active.name.to_string() })
    }

    /// What the driver's list said of the device, if that is not too long ago and the failure is one that
    /// passes.
    fn last_word(&self, active: &Active, device: &DeviceId, failure: &Failure) -> Option<DeviceState> {
        let state = active.device(device)?.state;
        let age = state.as_of.elapsed().unwrap_or_default();
        let passes = failure.kind.retryable() || failure.kind == FailureKind::Internal;
        (passes && age <= self.config.load().cache.devices.max_stale).then_some(state)
    }
}

/// Asks the driver, unless all of its connections are at work and it has said something before.
async fn ask(active: &Active, device: &DeviceId, call: Call) -> Result<DeviceState, Failure> {
    let mut lease = match active.pool.try_lease(call).await {
        Some(lease) => lease?,
        None if active.device(device).is_some() => {
            let text = format!("all connections of driver `{}` are at work", active.name);
            return Err(Failure::new(FailureKind::Capacity, text));
        }
        None => active.pool.lease(call).await?,
    };
    lease.device_state(call, device).await
}
