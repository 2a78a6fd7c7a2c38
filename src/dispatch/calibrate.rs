//! CalibrateDevice.

use std::sync::Arc;

use super::validate::Violations;
use super::{Dispatcher, RequestContext, options};
use crate::model::{DeviceId, Failure, Properties, Submission};
use crate::telemetry::metrics::Operation;

impl Dispatcher {
    /// Calibrates a device; returns the calibration's reference.
    pub async fn calibrate(
        &self,
        context: &RequestContext,
        device_id: &str,
        options: Arc<Properties>,
    ) -> Result<String, Failure> {
        let mut violations = Violations::default();
        violations.require(!device_id.is_empty(), "device_id");
        let known = options::read(&options, &mut violations);
        violations.finish()?;
        let _admitted = self.admit()?;
        let device_id = DeviceId::new(device_id);
        let route = self.find(context, &device_id)?;
        let active = &route.active;
        let call = self.call(context, known.timeout, self.config.deadlines.calibrate);
        let outcome = match active.pool.lease(call).await {
            Ok(mut lease) => {
                let calibration = lease.calibrate(call, &device_id, &options);
                self.unless_cut(Some(&route), Submission::NotSubmitted, calibration).await
            }
            Err(failure) => Err(failure),
        };
        let label = outcome.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
        self.telemetry.metrics().attempt(active.name.as_str(), Operation::CalibrateDevice, label);
        outcome.inspect_err(|failure| self.note(active, &device_id, failure))
    }
}
