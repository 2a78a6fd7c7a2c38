//! Before it serves, a new generation says that it can work and, if the operator wishes, shows it.

use std::sync::Arc;
use std::time::Instant;

use super::Manager;
use crate::driver::Call;
use crate::model::{DeviceId, RejectReason, Rejection};
use crate::plugin::active::Active;

impl Manager {
    /// Health, then the self-test that `drivers.NAME.self_test` asks for.
    pub(super) async fn probe(&self, candidate: &Arc<Active>) -> Result<(), Rejection> {
        let config = self.config.load_full();
        let deadline = Instant::now() + config.plugins.probe_timeout;
        let refuse = |why: String| Rejection::new(RejectReason::ProbeFailed, why);
        let call = Call { deadline };
        let health = match candidate.pool.lease(call).await {
            Ok(mut lease) => lease.health(call).await,
            Err(failure) => Err(failure),
        };
        let health = health.map_err(|failure| {
            refuse(format!("it was asked for its health: {failure}")).remedy(failure.remediation)
        })?;
        if !health.ready {
            return Err(refuse(format!("it says that it is not ready: {}", health.reason))
                .remedy("Mend what it names, or correct its settings in the config."));
        }
        let name = candidate.name.as_str();
        let Some(device) = config.drivers.get(name).and_then(|driver| driver.self_test.clone()) else {
            return Ok(());
        };
        let device = DeviceId::new(device);
        if candidate.device(&device).is_none() {
            let text = format!("it has no device `{device}`, on which its self-test was to run");
            return Err(refuse(text).remedy(format!("Correct `drivers.{name}.self_test`.")));
        }
        let tested = self.self_test.run(candidate, &device, deadline).await;
        tested.map_err(|failure| {
            refuse(format!("its self-test on `{device}` failed: {failure}")).remedy(failure.remediation)
        })
    }
}
