//! ExecuteCircuit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tracing::{Instrument as _, Span};

use super::attempt::Work;
use super::options::OnDeadline;
use super::prepare::{Content, Prepared};
use super::target::Target;
use super::validate::Violations;
use super::{Dispatcher, RequestContext, execution_key, options};
use crate::cache::{Answer, CacheMode, Identity, Origin, Portable, ResultKey, Run, Weigh};
use crate::driver::Call;
use crate::model::{Device, DeviceId, DriverName, Failure, FailureKind, Properties};
use crate::resilience::failover;
use crate::telemetry::span;

/// How the payload is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// AQO as JSON.
    AqoJson,
    /// AQO as protobuf.
    AqoProto,
    /// OpenQASM text.
    Qasm3,
    /// The provider's own.
    Native,
}

/// A request as the caller sent it.
#[derive(Debug, Clone)]
pub struct ExecuteRequest {
    /// The caller's job; may be empty.
    pub job_id: String,
    /// The device asked for.
    pub device_id: String,
    /// The payload's format, if it is one we know.
    pub format: Option<Format>,
    /// Whether the caller named a format at all.
    pub format_given: bool,
    /// The circuit.
    pub data: Bytes,
    /// How often to run it.
    pub shots: i64,
    /// The caller's options.
    pub options: Arc<Properties>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Bitstrings and how often each came.
    pub counts: HashMap<String, i64>,
    /// Time the device worked.
    pub duration: Duration,
    /// Everything else.
    pub metadata: Properties,
}

/// A request that passed validation.
pub(super) struct Accepted {
    pub(super) job_id: String,
    pub(super) device_id: DeviceId,
    pub(super) format: Format,
    pub(super) data: Bytes,
    pub(super) shots: u64,
    pub(super) seed: Option<u64>,
    pub(super) timeout: Option<Duration>,
    pub(super) cache: CacheMode,
    pub(super) failover: failover::Mode,
    pub(super) on_deadline: OnDeadline,
    pub(super) non_idempotent: bool,
    pub(super) wants_error: bool,
    pub(super) options: Arc<Properties>,
}

impl Dispatcher {
    /// Runs a circuit on a device and waits for its histogram.
    pub async fn execute(
        &self,
        context: &RequestContext,
        request: ExecuteRequest,
    ) -> Result<Execution, Failure> {
        let validating = span::validate();
        let request = validating.in_scope(|| self.accept(request)).map_err(noted(&validating))?;
        drop(validating);
        let _admitted = self.admit()?;
        let target = self.target(context, &request.device_id)?;
        let call = self.execution_call(context, &request, &target.device);
        let config = self.config();
        let preparing = span::prepare();
        let prepared = self.prepare(&request, target.device.is_simulator(), call.deadline);
        let prepared = prepared.instrument(preparing.clone()).await.map_err(noted(&preparing))?;
        drop(preparing);
        log_circuit(&prepared, &request, context.span());
        let key = execution_key::of(&request, &prepared);
        let device_id = request.device_id.clone();
        let result_key = result_key(&target, &request, &prepared, &config.cache.results.neutral_options);
        let run = Run {
            key: result_key,
            device: &device_id,
            mode: request.cache,
            deterministic: is_deterministic(&target.device, &request, &prepared),
            deadline: call.deadline,
        };
        let work = Work { request: &request, prepared: &prepared, key, call };
        // Boxed, because the cache hands it from one future to the next.
        let carried_out = Box::pin(self.carry_out(context, target, &work));
        let asking = span::cache();
        let answer = self.results.get_or_run(&run, carried_out).instrument(asking.clone()).await;
        match answer {
            Ok(answer) => {
                asking.record("outcome", answer.origin.name());
                self.telemetry.metrics().result_cache(answer.origin.name());
                Ok(told(answer))
            }
            Err(failure) => {
                span::failed(&asking, failure.kind.name());
                let driver = context.driver();
                self.note_of(driver.as_ref().map_or("none", DriverName::as_str), &device_id, &failure);
                Err(failure)
            }
        }
    }

    fn accept(&self, request: ExecuteRequest) -> Result<Accepted, Failure> {
        let mut violations = Violations::default();
        violations.require(!request.device_id.is_empty(), "device_id");
        match request.format {
            None if request.format_given => violations.add("payload.format", "is not a known format"),
            format => violations.require(format.is_some(), "payload.format"),
        }
        violations.require(!request.data.is_empty(), "payload.data");
        let config = self.config();
        let most = config.circuits.max_shots;
        let shots = u64::try_from(request.shots).unwrap_or(0);
        match shots {
            0 => violations.add("shots", "must be > 0"),
            shots if shots > most => violations.add("shots", format!("must be <= {most}")),
            _ => {}
        }
        let known = options::read(&request.options, &mut violations);
        violations.finish()?;
        let payload_limit = config.grpc.max_payload;
        if request.data.len() > payload_limit.as_usize() {
            let text = format!(
                "payload.data has {} bytes; `grpc.max_payload` allows {payload_limit}",
                request.data.len()
            );
            return Err(Failure::new(FailureKind::Capacity, text));
        }
        Ok(Accepted {
            job_id: request.job_id,
            device_id: DeviceId::new(request.device_id),
            // Validation just made sure that there is a format.
            format: request.format.unwrap_or(Format::AqoJson),
            data: request.data,
            shots,
            seed: known.seed,
            timeout: known.timeout,
            cache: known.cache,
            failover: known.failover,
            on_deadline: known.on_deadline,
            non_idempotent: known.non_idempotent,
            wants_error: known.wants_error,
            options: request.options,
        })
    }

    fn execution_call(&self, context: &RequestContext, request: &Accepted, device: &Device) -> Call {
        let deadlines = &self.config.load().deadlines;
        let default = if device.is_simulator() { deadlines.simulator } else { deadlines.queued };
        self.call(context, request.timeout, default)
    }
}

/// Notes a failure on the step that it ended.
pub(super) fn noted(step: &Span) -> impl FnOnce(Failure) -> Failure {
    |failure| {
        span::failed(step, failure.kind.name());
        failure
    }
}

/// What decides the result of a run, wherever it is kept.
fn result_key(target: &Target, request: &Accepted, prepared: &Prepared, neutral: &[String]) -> ResultKey {
    let identity = Identity {
        circuit: (&prepared.circuit_hash, prepared.hash_of),
        device: &target.device.id,
        artifact: &target.route.active.identity.digest,
        terms: &target.route.active.identity.terms,
        calibration: target.device.calibration_id.as_deref(),
        shots: request.shots,
        seed: request.seed,
        parameters: &prepared.bound_parameters,
        options: &request.options,
    };
    ResultKey::of(&identity, neutral)
}

/// What the host cannot read it cannot vouch for.
fn is_deterministic(device: &Device, request: &Accepted, prepared: &Prepared) -> bool {
    device.features.deterministic && request.seed.is_some() && matches!(prepared.content, Content::Program(_))
}

/// The answer, and whether it comes from memory.
fn told(answer: Answer<Execution>) -> Execution {
    let Answer { value, origin } = answer;
    let mut execution = Arc::unwrap_or_clone(value);
    if origin != Origin::Bypassed {
        execution.metadata.insert("cache".to_owned(), origin.name().to_owned());
    }
    if let Origin::Hit { age, shared } = origin {
        let level = if shared { "shared" } else { "local" };
        execution.metadata.insert("cache_level".to_owned(), level.to_owned());
        execution.metadata.insert("cache_age_ms".to_owned(), age.as_millis().to_string());
    }
    execution
}

/// JSON of the three fields, the duration in nanoseconds.
impl Portable for Execution {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        let nanos = u64::try_from(self.duration.as_nanos()).ok()?;
        serde_json::to_vec(&(&self.counts, nanos, &self.metadata)).ok()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (counts, nanos, metadata) = serde_json::from_slice(bytes).ok()?;
        Some(Self { counts, duration: Duration::from_nanos(nanos), metadata })
    }
}

impl Weigh for Execution {
    fn weight(&self) -> usize {
        let counts = self.counts.keys().map(|bits| bits.len() + size_of::<(String, i64)>());
        let pairs =
            self.metadata.iter().map(|(key, value)| key.len() + value.len() + size_of::<[String; 2]>());
        size_of::<Self>() + counts.chain(pairs).sum::<usize>()
    }
}

/// The circuit itself is never logged.
fn log_circuit(prepared: &Prepared, request: &Accepted, whole: &Span) {
    let (qubits, operations) = match &prepared.content {
        Content::Program(program) => (program.qubits, program.steps.len()),
        Content::Native(_) => (0, 0),
    };
    whole.record("circuit_hash", prepared.circuit_hash.as_str());
    tracing::debug!(
        circuit_hash = prepared.circuit_hash,
        circuit_hash_of = prepared.hash_of,
        format = ?request.format,
        bytes = request.data.len(),
        qubits,
        operations,
        shots = request.shots,
        "circuit prepared"
    );
}
