//! A small circuit on a generation that does not serve yet: the whole path but the publication.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;

use super::attempt::Work;
use super::execute::Accepted;
use super::options::OnDeadline;
use super::target::Target;
use super::{Dispatcher, Format, execution_key};
use crate::cache::CacheMode;
use crate::driver::Call;
use crate::model::{DeviceId, Failure, FailureKind};
use crate::plugin::{Active, Route, SelfTest};
use crate::resilience::failover;

/// Asymmetric, so that an answer in the wrong bit order shows: only the first of two qubits is flipped.
const CIRCUIT: &str = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;
const EXPECTED: &str = "01";
const SHOTS: u64 = 100;
/// A device with noise may miss some shots, but not most.
const AT_LEAST: i64 = 60;

#[async_trait]
impl SelfTest for Dispatcher {
    async fn run(
        &self,
        candidate: &Arc<Active>,
        device: &DeviceId,
        deadline: Instant,
    ) -> Result<(), Failure> {
        let missing = || Failure::new(FailureKind::Precondition, format!("it has no device `{device}`"));
        let route = Route::to(candidate).ok_or_else(missing)?;
        let target = Target { route, device: candidate.device(device).ok_or_else(missing)? };
        let request = Accepted {
            job_id: String::new(),
            device_id: device.clone(),
            format: Format::AqoJson,
            data: Bytes::from_static(CIRCUIT.as_bytes()),
            shots: SHOTS,
            seed: Some(1),
            timeout: None,
            cache: CacheMode::Bypass,
            failover: failover::Mode::Never,
            on_deadline: OnDeadline::Cancel,
            non_idempotent: true,
            wants_error: false,
            options: Arc::new(BTreeMap::new()),
        };
        let prepared = self.prepare(&request, target.device.is_simulator(), deadline).await?;
        let key = execution_key::of(&request, &prepared);
        let work = Work { request: &request, prepared: &prepared, key, call: Call { deadline } };
        let answer = self.attempt(&target, &work, 1, None).await?;
        let right = answer.counts.get(EXPECTED).copied().unwrap_or_default();
        if right >= AT_LEAST {
            return Ok(());
        }
        let text = format!("{right} of {SHOTS} shots gave `{EXPECTED}`, as X on qubit 0 of two should");
        Err(Failure::new(FailureKind::Internal, text)
            .remedy("Check the driver's bit order: the leftmost character is the highest classical bit."))
    }
}
