//! From a payload to a checked circuit, before any driver is asked.

use std::sync::Arc;

use eigen_circuit::program::Program;
use eigen_circuit::{Bindings, Compiled, ErrorKind, Errors, IdentityOf, Limits, Source};
use sha2::{Digest as _, Sha256};

use super::execute::{Accepted, Format};
use crate::config::Config;
use crate::model::{Failure, FailureKind, FieldViolation};

/// Payloads up to this many bytes are compiled on the spot; larger ones on a blocking thread.
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
}

/// Reads the payload under the config's limits.
pub(super) async fn prepare(request: &Accepted, config: &Config) -> Result<Prepared, Failure> {
    let limits = Limits {
        bytes: config.grpc.max_payload.as_usize(),
        nesting: config.circuits.max_nesting as usize,
        qubits: config.circuits.max_qubits,
        clbits: config.circuits.max_classical_bits,
        operations: usize::try_from(config.circuits.max_operations).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let data = request.data.clone();
    let options = Arc::clone(&request.options);
    let work = move |format| {
        let pairs = options.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let bindings = Bindings::from_options(pairs);
        let source = match format {
            Text::Aqo => Source::AqoJson(&data),
            Text::Qasm => Source::Qasm3(&data),
        };
        eigen_circuit::compile(source, &bindings, &limits)
    };
    let format = match request.format {
        Format::AqoJson => Text::Aqo,
        Format::Qasm3 => Text::Qasm,
        Format::Native => return Ok(native(&request.data)),
        Format::AqoProto => {
            return Err(Failure::new(
                FailureKind::Unimplemented,
                "payload.format AQO_PROTO is not supported",
            )
            .remedy("Send the circuit as AQO_JSON or QASM3_TEXT."));
        }
    };
    let compiled = if request.data.len() <= INLINE_BYTES {
        work(format)
    } else {
        tokio::task::spawn_blocking(move || work(format))
            .await
            .map_err(|gone| Failure::new(FailureKind::Internal, "the circuit front end failed").cause(gone))?
    };
    compiled.map(understood).map_err(|errors| refused(&errors))
}

#[derive(Clone, Copy)]
enum Text {
    Aqo,
    Qasm,
}

fn understood(compiled: Compiled) -> Prepared {
    Prepared {
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
    }
}

/// The gravest error decides the status and gives the message; every error is listed.
fn refused(errors: &Errors) -> Failure {
    let gravest = errors.kind();
    let deciding = errors.iter().find(|error| error.kind == gravest).unwrap_or_else(|| errors.first());
    let (kind, reason) = match gravest {
        ErrorKind::Invalid => (FailureKind::InvalidRequest, ""),
        ErrorKind::Unsupported => (FailureKind::Unimplemented, ""),
        ErrorKind::UnsupportedVersion => (FailureKind::Precondition, ""),
        ErrorKind::TooLarge => (FailureKind::Capacity, "Simulator Out of Memory: "),
    };
    let provider = if kind == FailureKind::InvalidRequest { "" } else { "driver_manager" };
    let mut failure = Failure::new(kind, format!("{reason}{deciding}")).from_provider(provider);
    failure.violations = errors
        .iter()
        .map(|error| FieldViolation {
            field: error
                .position
                .path()
                .map_or_else(|| "payload.data".to_owned(), |path| format!("payload.data.{path}")),
            description: error.to_string(),
        })
        .collect();
    failure
}
