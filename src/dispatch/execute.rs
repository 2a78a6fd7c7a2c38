//! ExecuteCircuit.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tracing::Span;

use super::prepare::{Content, Prepared, prepare};
use super::validate::Violations;
use super::{Dispatcher, RequestContext, execution_key, fit, normalise, options, pending};
use crate::driver::Call;
use crate::model::{
    Device, DeviceId, ExecutionKey, ExecutionRequest, Failure, FailureKind, Outcome, Properties, Submission,
};
use crate::plugin::Route;
use crate::telemetry::metrics::Operation;

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
    pub(super) options: Arc<Properties>,
}

impl Dispatcher {
    /// Runs a circuit on a device and waits for its histogram.
    pub async fn execute(
        &self,
        context: &RequestContext,
        request: ExecuteRequest,
    ) -> Result<Execution, Failure> {
        let request = self.accept(request)?;
        let _admitted = self.admit()?;
        let route = self.find(context, &request.device_id)?;
        let active = &route.active;
        let device = active.device(&request.device_id).ok_or_else(|| unlisted(&request.device_id))?;
        let call = self.execution_call(context, &request, &device);
        let prepared = tokio::time::timeout_at(
            call.deadline.into(),
            prepare(&request, &self.config, &self.reading, device.is_simulator()),
        );
        let prepared = prepared.await.map_err(|_| too_slow())??;
        log_circuit(&prepared, &request);
        let key = execution_key::of(&request, &prepared);
        let started = Instant::now();
        let outcome = self.attempt(&route, &device, &prepared, &request, key, call).await;
        let label = outcome.as_ref().map_or_else(|failure| failure.kind.name(), |_| "ok");
        self.telemetry.metrics().attempt(active.name.as_str(), Operation::ExecuteCircuit, label);
        route.note(outcome.as_ref().is_err_and(|failure| failure.kind.blames_driver()), started.elapsed());
        outcome.inspect_err(|failure| self.note(active, &request.device_id, failure))
    }

    fn accept(&self, request: ExecuteRequest) -> Result<Accepted, Failure> {
        let mut violations = Violations::default();
        violations.require(!request.device_id.is_empty(), "device_id");
        match request.format {
            None if request.format_given => violations.add("payload.format", "is not a known format"),
            format => violations.require(format.is_some(), "payload.format"),
        }
        violations.require(!request.data.is_empty(), "payload.data");
        let most = self.config.circuits.max_shots;
        let shots = u64::try_from(request.shots).unwrap_or(0);
        match shots {
            0 => violations.add("shots", "must be > 0"),
            shots if shots > most => violations.add("shots", format!("must be <= {most}")),
            _ => {}
        }
        let known = options::read(&request.options, &mut violations);
        violations.finish()?;
        let payload_limit = self.config.grpc.max_payload;
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
            options: request.options,
        })
    }

    fn execution_call(&self, context: &RequestContext, request: &Accepted, device: &Device) -> Call {
        let deadlines = &self.config.deadlines;
        let default = if device.is_simulator() { deadlines.simulator } else { deadlines.queued };
        self.call(context, request.timeout, default)
    }

    pub(super) async fn attempt(
        &self,
        route: &Route,
        device: &Device,
        prepared: &Prepared,
        request: &Accepted,
        execution_key: ExecutionKey,
        call: Call,
    ) -> Result<Execution, Failure> {
        let active = &route.active;
        let doubt = |failure| in_doubt(failure, device, &execution_key);
        let limit = self.config.grpc.max_response.as_usize();
        let answer = |result| normalise::normalise(result, request, prepared, active, limit);
        let execution = ExecutionRequest {
            job_id: request.job_id.clone(),
            device_id: device.id.clone(),
            circuit: fit::fit(prepared, request, device, self.config.circuits.max_operations)?,
            shots: request.shots,
            seed: request.seed,
            attempt: 1,
            execution_key: execution_key.clone(),
            options: Arc::clone(&request.options),
        };
        let lease = active.pool.lease(call);
        let mut lease = self.unless_cut(Some(route), Submission::NotSubmitted, lease).await?;
        // Nobody can tell how far a driver has come.
        let outcome = self.unless_cut(Some(route), Submission::Unknown, lease.execute(call, execution)).await;
        match outcome.map_err(doubt)? {
            Outcome::Done(result) => {
                let answer = answer(result);
                if answer.as_ref().is_err_and(|failure| failure.kind == FailureKind::Internal) {
                    lease.condemn();
                }
                answer
            }
            Outcome::Pending(job) => {
                drop(lease);
                let result = pending::await_job(self, route, job, call).await;
                answer(result.map_err(doubt)?)
            }
        }
    }

    /// Takes a step, unless the host stops first, or the generation's drain has lasted too long; `known` is
    /// what is known of the submission until then.
    pub(super) async fn unless_cut<T>(
        &self,
        route: Option<&Route>,
        known: Submission,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let replaced = async {
            match route {
                Some(route) => route.cut().await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            // In this order: those who wait must not begin because others were just interrupted.
            biased;
            () = self.stopping.cancelled() => "the host is stopping",
            () = replaced => "the driver was replaced, and the time for its calls to end is up",
            outcome = step => return outcome,
        };
        let mut failure = Failure::new(FailureKind::Aborted, why);
        failure.submission = known;
        Err(failure)
    }
}

/// The circuit itself is never logged.
fn log_circuit(prepared: &Prepared, request: &Accepted) {
    let (qubits, operations) = match &prepared.content {
        Content::Program(program) => (program.qubits, program.steps.len()),
        Content::Native(_) => (0, 0),
    };
    Span::current().record("circuit_hash", prepared.circuit_hash.as_str());
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

/// A job that the provider has or may have gets a status that no Kernel retries, unless running it
/// twice does no harm.
fn in_doubt(mut failure: Failure, device: &Device, key: &ExecutionKey) -> Failure {
    if failure.submission == Submission::NotSubmitted || device.features.idempotent {
        return failure;
    }
    failure.remediation = Failure::new(FailureKind::SubmissionUnknown, "").remediation;
    failure.kind = FailureKind::SubmissionUnknown;
    failure.execution_key = Some(key.clone());
    failure.retry_after = None;
    failure
}

fn too_slow() -> Failure {
    Failure::new(FailureKind::Timeout, "the deadline passed while the circuit was read")
}

fn unlisted(device: &DeviceId) -> Failure {
    Failure::new(FailureKind::Unavailable, format!("its driver no longer lists device `{device}`"))
        .retry_after(Duration::from_secs(1))
}
