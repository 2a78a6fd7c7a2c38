//! CalibrateDevice.

use std::sync::Arc;
use std::time::Instant;

use super::validate::Violations;
use super::{Dispatcher, RequestContext, options};
use crate::model::{DeviceId, Failure, Properties, Submission};
use crate::resilience::Judgement;
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
        let config = self.config();
        let call = self.call(context, known.timeout, config.deadlines.calibrate);
        let settings = config.resilience_of(active.name.as_str());
        let _guest = self.limits.admit_caller(&context.caller, call.deadline).await?;
        let _place = self.limits.admit(&active.name, &device_id, &settings.admission, call.deadline).await?;
        // Never repeated: nobody can tell how far a calibration has come.
        let permit = self.pass(&active.name, &device_id, &settings)?;
        let started = Instant::now();
        let outcome = match active.pool.lease(call).await {
            Ok(mut lease) => {
                let calibration = lease.calibrate(call, &device_id, &options);
                self.unless_cut(Some(&route), Submission::NotSubmitted, calibration).await
            }
            Err(failure) => Err(failure),
        };
        let judgement = Judgement::of_call(outcome.as_ref(), started.elapsed(), settings.breaker.patience);
        self.report(&active.name, permit, judgement);
        // Whatever became of it, what was known of the device may hold no longer.
        self.results.device_changed(&device_id);
        self.devices.forget_device(&(active.name.clone(), active.generation), &device_id).await;
        if outcome.is_ok() {
            // What cannot be heard now is heard at the next look.
            let _ = active.refresh_if_idle(call).await;
        }
        let label = outcome.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
        self.telemetry.metrics().attempt(active.name.as_str(), Operation::CalibrateDevice, label);
        outcome.inspect_err(|failure| self.note(active, &device_id, failure))
    }
}
