//! Circuits: AQO and OpenQASM in, checked programs out.
//!
//! The host understands circuits so that drivers need not: every payload is parsed and checked
//! here before a driver sees it. The crate is pure: no I/O, no unsafe, no panic on any bytes; all
//! work is bounded by [`Limits`].
//!
//! ```
//! use eigen_circuit::{Bindings, Limits, Source, compile};
//!
//! let bell = br#"{"version": "1.0.0", "qubits": 2, "operations": [
//!     {"op": "H", "q": [0]},
//!     {"op": "CX", "q": [0, 1]}
//! ]}"#;
//! let compiled = compile(Source::AqoJson(bell), &Bindings::default(), &Limits::default())?;
//! // Without MEASURE, every qubit is measured.
//! assert_eq!(compiled.program.steps.len(), 4);
//! assert_eq!(compiled.program.output_bits, 2);
//! # Ok::<(), eigen_circuit::Errors>(())
//! ```
//!
//! A program can be written out again in every form, and with the gates that a device has:
//!
//! ```
//! use eigen_circuit::program::GateName;
//! use eigen_circuit::{Bindings, Form, GateSet, Limits, Source, compile, decompose, emit};
//!
//! let source = b"OPENQASM 3; include \"stdgates.inc\"; qubit[2] q; ctrl @ sx q[0], q[1];";
//! let program = compile(Source::Qasm3(source), &Bindings::default(), &Limits::default())?.program;
//! let has: GateSet = [GateName::Rz, GateName::Sx, GateName::Cx, GateName::Measure].into_iter().collect();
//! let fitted = decompose(&program, has).expect("these express every gate");
//! assert!(fitted.steps.iter().all(|step| has.contains(step.operation.name())));
//! assert!(emit(&program, Form::AqoJson).is_ok());
//! # Ok::<(), eigen_circuit::Errors>(())
//! ```
//!
//! Errors say where they are and show it:
//!
//! ```
//! use eigen_circuit::{Bindings, Limits, Source, compile};
//!
//! let source = "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[2] q;\ncnto q[0], q[1];\n";
//! let errors = compile(Source::Qasm3(source.as_bytes()), &Bindings::default(), &Limits::default())
//!     .expect_err("there is no such gate");
//! assert_eq!(errors.to_string(), "line 4, column 1: unknown gate `cnto` (did you mean `cx`?)");
//! assert!(errors.render(source).contains("4 | cnto q[0], q[1];\n  | ^^^^"));
//! ```

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]

mod aqo;
mod bindings;
mod clifford;
mod decompose;
mod emit;
mod error;
mod gate_name;
mod identity;
mod json;
mod limits;
mod matrix;
pub mod program;
mod qasm;
mod stats;
mod symbols;
mod text;

pub use aqo::canonical_aqo_json;
pub use bindings::Bindings;
pub use decompose::{GateSet, Inexpressible, decompose};
pub use emit::{Form, emit};
pub use error::{Error, ErrorKind, Errors, Position};
pub use identity::{Identity, IdentityOf};
pub use limits::Limits;
pub use stats::Stats;

use limits::GoOn;
use program::Program;

/// A circuit in the form it came in.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Source<'a> {
    /// AQO as JSON, versions 0.1 and 1.x.
    AqoJson(&'a [u8]),
    /// AQO as a protobuf message, versions 0.1 and 1.x.
    AqoProto(&'a [u8]),
    /// OpenQASM as text, versions 2.0, 3.0 and 3.1.
    Qasm3(&'a [u8]),
}

/// A checked circuit, and what else its payload says.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The circuit.
    pub program: Program,
    /// What it is known by. Parameters bound by the caller are not part of it.
    pub identity: Identity,
    /// The version of AQO that the payload is written in, if it is AQO.
    pub aqo_version: Option<String>,
    /// Whether an exact expectation value is asked for; it is then the program's only observable.
    pub expectation: bool,
    /// The parameters that were replaced by numbers, in the order of their first use.
    pub bound_parameters: Vec<(String, f64)>,
    /// What was accepted, but may not be what was meant; at most a few.
    pub warnings: Vec<String>,
}

/// Parses and checks a circuit, and binds its parameters. Any bytes may be given for any form, under
/// any limits: this is the one way in, for callers and for fuzzers alike.
///
/// # Errors
/// One or more violations, each with its place; never more than `limits.errors`.
pub fn compile(source: Source<'_>, bindings: &Bindings, limits: &Limits) -> Result<Compiled, Errors> {
    compile_while(source, bindings, limits, &|| true)
}

/// As [`compile`], for as long as `go_on` says so. It is asked before anything else and then every few
/// milliseconds, by the thread that reads; whether time is up, or nobody waits any more, is the caller's to
/// know: this crate has no clock.
///
/// # Errors
/// As [`compile`]; and one of the kind [`ErrorKind::OutOfTime`] once `go_on` said no.
pub fn compile_while(
    source: Source<'_>,
    bindings: &Bindings,
    limits: &Limits,
    go_on: GoOn<'_>,
) -> Result<Compiled, Errors> {
    in_time(go_on)?;
    match source {
        Source::AqoJson(payload) => aqo::compile(payload, bindings, limits, go_on),
        Source::AqoProto(payload) => aqo::proto::compile(payload, bindings, limits, go_on),
        Source::Qasm3(payload) => qasm::compile(payload, bindings, limits, go_on),
    }
}

/// Parses and checks a circuit, and binds its parameters, without naming it: for those who only want the
/// program, or to know whether there is one.
///
/// # Errors
/// As [`compile`].
pub fn check(source: Source<'_>, bindings: &Bindings, limits: &Limits) -> Result<Program, Errors> {
    match source {
        Source::AqoJson(payload) => aqo::check(payload, bindings, limits),
        Source::Qasm3(payload) => qasm::check(payload, bindings, limits),
        Source::AqoProto(_) => compile(source, bindings, limits).map(|compiled| compiled.program),
    }
}

/// That there is time left.
fn in_time(go_on: GoOn<'_>) -> Result<(), Error> {
    if go_on() { Ok(()) } else { Err(Error::out_of_time(Position::None)) }
}

/// That a payload is within the limit, which also makes every offset fit 32 bits.
fn fits(payload: &[u8], limits: &Limits) -> Result<(), Error> {
    let most = limits.effective_bytes();
    if payload.len() <= most {
        return Ok(());
    }
    let message = format!("the payload has {} bytes, and at most {most} are allowed", payload.len());
    Err(Error::new(ErrorKind::TooLarge, Position::None, message))
}
