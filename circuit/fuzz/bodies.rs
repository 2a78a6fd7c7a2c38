//! What the fuzz targets do with their bytes; the crate's own tests do the same with known ones.
//!
//! Bounds are small, since an instrumented build is ten times slower than others, so that no input may take a
//! second: what takes longer is a finding.

#![allow(dead_code, reason = "every target takes one")]

use eigen_circuit::program::{GateName, Program};
use eigen_circuit::{Bindings, Form, GateSet, Limits, Source, check, compile, decompose, emit};

use GateName::{Barrier, Classical, Cx, Measure, Reset, Rz, Sx};

/// Largest input looked at.
pub const MAX_BYTES: usize = 64 << 10;

fn limits() -> Limits {
    Limits {
        bytes: MAX_BYTES,
        qubits: 256,
        clbits: 256,
        operations: 10_000,
        work: 100_000,
        ..Limits::default()
    }
}

/// Reads bytes as a payload, with a parameter bound; shows every error.
fn read(source: Source<'_>, text: &[u8]) -> Option<Program> {
    let bindings = Bindings::from_options([("param.theta", "0.5"), ("vqe.params", "1,2")]);
    match compile(source, &bindings, &limits()) {
        Ok(compiled) => Some(compiled.program),
        Err(errors) => {
            let shown = errors.render(&String::from_utf8_lossy(text));
            assert!(!shown.is_empty() && errors.iter().all(|error| !error.to_string().is_empty()));
            None
        }
    }
}

/// OpenQASM of any version.
pub fn qasm(data: &[u8]) {
    read(Source::Qasm3(data), data);
}

/// AQO as JSON.
pub fn aqo_json(data: &[u8]) {
    read(Source::AqoJson(data), data);
}

/// AQO as protobuf.
pub fn aqo_proto(data: &[u8]) {
    read(Source::AqoProto(data), &[]);
}

/// Whatever can be read is written in every form and read again; the first byte says as what to read it.
pub fn convert(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let source = match kind % 3 {
        0 => Source::Qasm3(rest),
        1 => Source::AqoJson(rest),
        _ => Source::AqoProto(rest),
    };
    let Some(program) = read(source, rest) else { return };
    let wide =
        Limits { bytes: 64 << 20, operations: 2_000_000, work: 50_000_000, qubits: 256, ..Limits::default() };
    for form in [Form::AqoJson, Form::AqoProto, Form::Qasm3, Form::Qasm2] {
        let Ok(bytes) = emit(&program, form) else { continue };
        let again = match form {
            Form::AqoJson => Source::AqoJson(&bytes),
            Form::AqoProto => Source::AqoProto(&bytes),
            _ => Source::Qasm3(&bytes),
        };
        let again = check(again, &Bindings::default(), &wide);
        let again = again.unwrap_or_else(|errors| panic!("{form:?} does not read back: {errors}"));
        // OpenQASM 2 has no bits that are not part of the answer.
        let wider = form == Form::Qasm2 && again.output_bits > program.output_bits;
        assert!(wider || again.output_bits == program.output_bits, "{form:?}: {} bits", again.output_bits);
    }
    let set: GateSet = [Rz, Sx, Cx, Measure, Reset, Barrier, Classical].into_iter().collect();
    if let Ok(written) = decompose(&program, set) {
        assert!(written.steps.iter().all(|step| set.contains(step.operation.name())));
    }
}
