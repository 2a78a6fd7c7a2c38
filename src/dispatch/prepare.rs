//! From a payload to a checked circuit, before any driver is asked.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use eigen_circuit::program::{PauliTerm, Program, Step};
use eigen_circuit::{Bindings, Compiled, Error, ErrorKind, Errors, IdentityOf, Limits, Source};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Dispatcher;
use super::execute::{Accepted, Format};
use crate::cache::{CircuitKey, Weigh};
use crate::config::Config;
use crate::model::{Failure, FailureKind, FieldViolation, Properties};

/// AQO of up to this many bytes is compiled on the spot. All else goes to a blocking thread: OpenQASM of
/// any size, since a loop of a few bytes may take seconds to carry out.
const INLINE_BYTES: usize = 64 << 10;

/// A circuit that the host has read, or bytes that it must not read.
pub(super) enum Content {
    Program(Arc<Program>),
    Native(Arc<[u8]>),
}

/// A payload, understood.
pub(super) struct Prepared {
    pub(super) content: Content,
    pub(super) circuit_hash: String,
    /// What the hash is of: `aqo` or `payload`.
    pub(super) hash_of: &'static str,
    pub(super) aqo_version: Option<String>,
    /// Whether the circuit's annotations ask for an energy.
    pub(super) wants_energy: bool,
    pub(super) bound_parameters: Vec<(String, f64)>,
    /// What was accepted, but may not be what was meant.
    pub(super) warnings: Vec<String>,
    /// The payload and its format, to name operations as the caller counts them.
    source: (Format, Bytes),
}

impl Prepared {
    /// The operation of the payload that a step was made of: a measurement of several qubits is one
    /// operation of AQO and as many steps.
    pub(super) fn operation_of(&self, step: usize) -> usize {
        let (format, data) = &self.source;
        if *format != Format::AqoJson {
            return step;
        }
        let steps = |operation: &Value| match operation["op"].as_str() {
            Some(name) if ["measure", "reset"].contains(&name.to_lowercase().as_str()) => {
                operation["q"].as_array().map_or(1, Vec::len)
            }
            _ => 1,
        };
        let document: Value = serde_json::from_slice(data).unwrap_or_default();
        let mut end = 0;
        let within = |operation: &Value| {
            end += steps(operation);
            step < end
        };
        document["operations"].as_array().and_then(|all| all.iter().position(within)).unwrap_or(step)
    }
}

impl Dispatcher {
    /// Reads the payload under the config's limits, unless the same one was read before.
    pub(super) async fn prepare(
        &self,
        request: &Accepted,
        for_simulator: bool,
        deadline: Instant,
    ) -> Result<Arc<Prepared>, Failure> {
        let config = self.config();
        let read = async {
            let read = tokio::time::timeout_at(
                deadline.into(),
                read(request, &config, &self.reading, for_simulator),
            );
            read.await.unwrap_or_else(|_| Err(too_slow()))
        };
        if request.format == Format::Native || !self.circuits.takes(request.data.len()) {
            return read.await.map(Arc::new);
        }
        let (prepared, by) = self.circuits.get_or_read(key(request), deadline, read).await?;
        self.telemetry.metrics().circuit_cache(by.name());
        Ok(prepared)
    }
}

/// Everything that decides what a payload is read as, but for the config's limits, which never change while the
/// host runs.
fn key(request: &Accepted) -> CircuitKey {
    let format = match request.format {
        Format::AqoJson => "aqo-json",
        Format::AqoProto => "aqo-proto",
        Format::Qasm3 => "qasm",
        Format::Native => "native",
    };
    let bindings = Bindings::from_options(pairs(&request.options));
    let bound = if bindings == Bindings::default() { String::new() } else { format!("{bindings:?}") };
    CircuitKey::of(format, &request.data, &bound)
}

fn pairs(options: &Properties) -> impl Iterator<Item = (&str, &str)> {
    options.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

async fn read(
    request: &Accepted,
    config: &Config,
    reading: &Arc<Semaphore>,
    for_simulator: bool,
) -> Result<Prepared, Failure> {
    let limits = Limits {
        bytes: config.grpc.max_payload.as_usize(),
        nesting: config.circuits.max_nesting as usize,
        qubits: config.circuits.max_qubits,
        clbits: config.circuits.max_classical_bits,
        operations: usize::try_from(config.circuits.max_operations).unwrap_or(usize::MAX),
        tokens: usize::try_from(config.circuits.max_tokens).unwrap_or(usize::MAX),
        work: config.circuits.max_work,
        ..Limits::default()
    };
    let most = config.circuits.max_read_time;
    // Dropped with this future: at the request's deadline, or when its caller goes.
    let abandoned = CancellationToken::new();
    let _waiting = abandoned.clone().drop_guard();
    let data = request.data.clone();
    let options = Arc::clone(&request.options);
    let work = move |format| {
        let bindings = Bindings::from_options(pairs(&options));
        let source = match format {
            Read::AqoJson => Source::AqoJson(&data),
            Read::AqoProto => Source::AqoProto(&data),
            Read::Qasm => Source::Qasm3(&data),
        };
        let started = Instant::now();
        let go_on = || !abandoned.is_cancelled() && started.elapsed() < most;
        eigen_circuit::compile_while(source, &bindings, &limits, &go_on)
    };
    let format = match request.format {
        Format::AqoJson => Read::AqoJson,
        Format::AqoProto => Read::AqoProto,
        Format::Qasm3 => Read::Qasm,
        Format::Native => return Ok(native(&request.data)),
    };
    let compiled = if !matches!(format, Read::Qasm) && request.data.len() <= INLINE_BYTES {
        work(format)
    } else {
        // Held by the thread, not by its caller: one that gives up is gone before the thread has noticed.
        let place = Arc::clone(reading).acquire_owned().await;
        let read = move || {
            let compiled = work(format);
            drop(place);
            compiled
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|gone| Failure::new(FailureKind::Internal, "the circuit front end failed").cause(gone))?
    };
    let compiled = compiled.map_err(|errors| refused(&errors, for_simulator, request))?;
    Ok(understood(compiled, (request.format, request.data.clone())))
}

#[derive(Clone, Copy)]
enum Read {
    AqoJson,
    AqoProto,
    Qasm,
}

fn understood(compiled: Compiled, source: (Format, Bytes)) -> Prepared {
    Prepared {
        source,
        warnings: compiled.warnings,
        circuit_hash: compiled.identity.hex(),
        hash_of: match compiled.identity.of {
            IdentityOf::CanonicalAqo => "aqo",
            IdentityOf::Payload => "payload",
        },
        aqo_version: compiled.aqo_version,
        wants_energy: compiled.expectation,
        bound_parameters: compiled.bound_parameters,
        content: Content::Program(Arc::new(compiled.program)),
    }
}

fn native(data: &[u8]) -> Prepared {
    Prepared {
        content: Content::Native(data.into()),
        circuit_hash: format!("{:x}", Sha256::digest(data)),
        hash_of: "payload",
        aqo_version: None,
        wants_energy: false,
        bound_parameters: Vec::new(),
        warnings: Vec::new(),
        source: (Format::Native, Bytes::new()),
    }
}

fn too_slow() -> Failure {
    Failure::new(FailureKind::Timeout, "the deadline passed while the circuit was read")
}

impl Weigh for Prepared {
    fn weight(&self) -> usize {
        let content = match &self.content {
            Content::Program(program) => {
                let steps = program.steps.capacity() * size_of::<Step>();
                let terms = program.observables.iter().map(|observable| observable.terms.len());
                steps + terms.sum::<usize>() * size_of::<PauliTerm>()
            }
            Content::Native(bytes) => bytes.len(),
        };
        let texts: usize = self.warnings.iter().map(String::len).sum();
        let bound = self.bound_parameters.len() * size_of::<(String, f64)>();
        size_of::<Self>() + content + texts + bound + self.source.1.len() + self.circuit_hash.len()
    }
}

/// The gravest error decides the status and gives the message; every error is listed.
fn refused(errors: &Errors, for_simulator: bool, request: &Accepted) -> Failure {
    let gravest = errors.kind();
    let deciding = errors.iter().find(|error| error.kind == gravest).unwrap_or_else(|| errors.first());
    let (kind, reason) = match gravest {
        ErrorKind::Invalid => (FailureKind::InvalidRequest, ""),
        ErrorKind::Unsupported => (FailureKind::Unimplemented, ""),
        ErrorKind::UnsupportedVersion => (FailureKind::Precondition, ""),
        ErrorKind::TooLarge if for_simulator => (FailureKind::Capacity, "Simulator Out of Memory: "),
        ErrorKind::TooLarge => (FailureKind::Capacity, ""),
        ErrorKind::OutOfTime => (FailureKind::Timeout, ""),
    };
    let provider = if kind == FailureKind::InvalidRequest { "" } else { "driver_manager" };
    let mut failure = Failure::new(kind, format!("{reason}{deciding}")).from_provider(provider);
    // Source lines help where there are lines: JSON is one, as often as not, and its paths say more.
    let text = std::str::from_utf8(&request.data).ok().filter(|_| request.format == Format::Qasm3);
    let shown = |error: &Error| match text.and_then(|text| error.excerpt(text)) {
        Some(excerpt) => format!("{error}\n{excerpt}"),
        None => error.to_string(),
    };
    failure.violations = errors
        .iter()
        .map(|error| FieldViolation {
            field: error
                .position
                .path()
                .map_or_else(|| "payload.data".to_owned(), |path| format!("payload.data.{path}")),
            description: shown(error),
        })
        .collect();
    failure
}
