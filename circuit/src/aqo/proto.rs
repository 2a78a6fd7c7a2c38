//! AQO as a protobuf message: `AqoCircuit` with its `Operation`s.
//!
//! The rules are those of the JSON form, and the check is the same. What the format leaves open is
//! decided here: a map's key occurs once, and parameters count in the order of their names, since a
//! map has no other.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::check::{Checker, Param, Place, RawOperation};
use super::opcode::Opcode;
use super::version::{self, Rules};
use super::wire::{Broken, Field, Fields, Wire, int32, packed};
use super::{annotations, counted_warning};
use crate::bindings::Scalar;
use crate::error::{Error, ErrorKind, Errors, Position, Report};
use crate::json;
use crate::limits::{GoOn, Limits};
use crate::program::Program;
use crate::symbols::{Entry, Symbols};
use crate::text::quote;
use crate::{Bindings, Compiled, Identity, IdentityOf};

/// The fields of a circuit, read once; operations are read when all else is known.
#[derive(Default)]
struct Circuit<'s> {
    version: Option<&'s str>,
    qubits: Option<i64>,
    operations: Vec<&'s [u8]>,
    parameters: Vec<(&'s str, &'s str)>,
    annotations: Option<&'s str>,
    unknown: Option<u32>,
}

/// The fields of an operation.
#[derive(Default)]
struct Operation<'s> {
    name: &'s str,
    qubits: Vec<i64>,
    clbits: Vec<i64>,
    params: Vec<(Cow<'s, str>, Param<'s>)>,
    unknown: Option<u32>,
}

/// Reads and checks an AQO protobuf message.
pub(crate) fn compile(
    payload: &[u8],
    bindings: &Bindings,
    limits: &Limits,
    go_on: GoOn<'_>,
) -> Result<Compiled, Errors> {
    crate::fits(payload, limits)?;
    let circuit = Circuit::read(payload)?;
    let version = circuit.version.filter(|version| !version.is_empty());
    let version = version.ok_or_else(|| wrong("version", "the field `version` is missing"))?;
    let rules = version::rules(version).map_err(|(kind, message)| {
        Error::new(kind, at("version"), message).suggest(Some("0.1 and 1.x are"))
    })?;
    let mut report = Report::new(limits.errors);
    if let (Rules::Stable, Some(number)) = (rules, circuit.unknown) {
        report.push(wrong("", format!("AQO 1.x has no field with the number {number}")));
    }
    let qubits = report.keep(circuit.qubits(limits));
    let entries =
        circuit.parameters.iter().map(|&(name, text)| (Cow::Borrowed(name), Entry::Text(text.into())));
    let symbols = Symbols::new(bindings, entries);
    let mut warnings = Vec::new();
    warnings.extend(counted_warning(bindings, symbols.declared()));

    let mut checker = Checker::new(limits, go_on, qubits.unwrap_or(limits.qubits), symbols, report);
    let mut canonical = String::from("\"operations\":[");
    let mut operation = Operation::default();
    for (index, message) in circuit.operations.iter().enumerate() {
        if checker.exhausted || checker.report.is_full() {
            checker.report.stop_early();
            break;
        }
        let read = operation.read(message, index).and_then(|()| operation.check(index, rules, &mut checker));
        match read {
            Ok(opcode) => operation.write(opcode, index, &mut canonical),
            Err(error) => checker.report.push(error),
        }
    }
    canonical.push(']');
    let mut energy = None;
    let mut annotated = None;
    if let Some(text) = circuit.annotations.filter(|text| !text.is_empty()) {
        let document = json::parse(text.as_bytes(), limits.nesting)?;
        let root = document.root();
        if root.entries().is_none() {
            let message = format!("`annotations_json` must be an object, not {}", root.describe());
            checker.report.push(wrong("annotations_json", message));
        }
        energy = annotations::read(root, checker.qubits, &mut checker.report);
        annotated = Some(json::canonical(&document));
    }
    if checker.output_bits == 0 && checker.report.is_empty() {
        checker.measure_all(&|| at("qubits"));
    }
    let Checker { report, qubits, steps, output_bits, symbols, .. } = checker;
    report.finish()?;
    let identity = circuit.identity(&canonical, annotated.as_deref(), qubits, version);
    let expectation = energy.is_some();
    let observables = energy.into_iter().collect();
    Ok(Compiled {
        program: Program { qubits, clbits: output_bits, output_bits, steps, observables },
        identity,
        aqo_version: Some(version.to_owned()),
        expectation,
        bound_parameters: symbols.into_used(),
        warnings,
    })
}

impl<'s> Circuit<'s> {
    fn read(payload: &'s [u8]) -> Result<Self, Error> {
        let mut circuit = Self::default();
        for field in Fields::new(payload) {
            let Field { number, value } = field.map_err(|Broken| broken(""))?;
            match (number, value) {
                (1, Wire::Bytes(bytes)) => circuit.version = Some(text(bytes, "version")?),
                (2, Wire::Varint(qubits)) => circuit.qubits = Some(int32(qubits)),
                (3, Wire::Bytes(operation)) => circuit.operations.push(operation),
                (4, Wire::Bytes(entry)) => circuit.parameters.push(pair(entry, "parameters")?),
                (5, Wire::Bytes(bytes)) => circuit.annotations = Some(text(bytes, "annotations_json")?),
                (1..=5, _) => return Err(wrong("", format!("the field {number} is of another type"))),
                _ => circuit.unknown = Some(number),
            }
        }
        circuit.parameters.sort_unstable();
        if let Some(twice) = circuit.parameters.windows(2).find(|two| two[0].0 == two[1].0) {
            return Err(wrong(
                "parameters",
                format!("the parameter {} stands there twice", quote(twice[0].0)),
            ));
        }
        Ok(circuit)
    }

    fn qubits(&self, limits: &Limits) -> Result<u32, Error> {
        let count = self.qubits.ok_or_else(|| wrong("qubits", "the field `qubits` is missing"))?;
        if count < 1 {
            return Err(wrong("qubits", "a circuit has at least one qubit"));
        }
        u32::try_from(count).ok().filter(|&count| count <= limits.qubits).ok_or_else(|| {
            let message = format!("the circuit has more than {} qubits", limits.qubits);
            Error::new(ErrorKind::TooLarge, at("qubits"), message)
        })
    }

    /// That of the same circuit written as JSON.
    fn identity(&self, operations: &str, annotations: Option<&str>, qubits: u32, version: &str) -> Identity {
        let mut document = String::from("{");
        if let Some(annotations) = annotations {
            let _ = write!(document, "\"annotations\":{annotations},");
        }
        document.push_str(operations);
        if !self.parameters.is_empty() {
            document.push_str(",\"parameters\":{");
            for (index, (name, text)) in self.parameters.iter().enumerate() {
                document.push_str(if index == 0 { "" } else { "," });
                json::push_quoted(&mut document, name);
                document.push(':');
                push_scalar(&mut document, text);
            }
            document.push('}');
        }
        let _ = write!(document, ",\"qubits\":{qubits},\"version\":");
        json::push_quoted(&mut document, version);
        document.push('}');
        Identity::new(document.as_bytes(), IdentityOf::CanonicalAqo)
    }
}

impl<'s> Operation<'s> {
    fn read(&mut self, message: &'s [u8], index: usize) -> Result<(), Error> {
        self.name = "";
        self.unknown = None;
        self.qubits.clear();
        self.clbits.clear();
        self.params.clear();
        let path = |inner: &str| format!("operations[{index}]{inner}");
        for field in Fields::new(message) {
            let Field { number, value } = field.map_err(|Broken| broken(&path("")))?;
            match (number, value) {
                (1, Wire::Bytes(bytes)) => self.name = text(bytes, &path(".op"))?,
                (2, Wire::Varint(qubit)) => self.qubits.push(int32(qubit)),
                (2, Wire::Bytes(bytes)) => {
                    packed(bytes, &mut self.qubits).map_err(|Broken| broken(&path(".q")))?;
                }
                (3, Wire::Varint(bit)) => self.clbits.push(int32(bit)),
                (3, Wire::Bytes(bytes)) => {
                    packed(bytes, &mut self.clbits).map_err(|Broken| broken(&path(".c")))?;
                }
                (4, Wire::Bytes(entry)) => {
                    let (key, value) = pair(entry, &path(".params"))?;
                    if self.params.iter().any(|(known, _)| known == key) {
                        let message = format!("the parameter {} stands there twice", quote(key));
                        return Err(wrong(&path(".params"), message));
                    }
                    // As many as anybody would need, so that looking for doubles takes no time.
                    if self.params.len() >= 16 {
                        return Err(wrong(
                            &path(".params"),
                            "an operation has no more than a few parameters",
                        ));
                    }
                    self.params.push((key.into(), Param::Text(value.into())));
                }
                (1..=4, _) => return Err(wrong(&path(""), format!("the field {number} is of another type"))),
                _ => self.unknown = Some(number),
            }
        }
        Ok(())
    }

    fn check(&self, index: usize, rules: Rules, checker: &mut Checker<'_>) -> Result<Opcode, Error> {
        let path = |inner: &str| format!("operations[{index}]{inner}");
        if let (Rules::Stable, Some(number)) = (rules, self.unknown) {
            return Err(wrong(&path(""), format!("an operation has no field with the number {number}")));
        }
        if self.name.is_empty() {
            return Err(wrong(&path(""), "the operation lacks the field `op`, its name"));
        }
        let opcode = Opcode::find(self.name).ok_or_else(|| {
            let guess = Opcode::guess(self.name).map(|near| format!("did you mean {}?", quote(near)));
            wrong(&path(".op"), format!("AQO has no operation {}", quote(self.name))).suggest(guess)
        })?;
        let raw = RawOperation {
            opcode,
            qubits: &self.qubits,
            clbits: &self.clbits,
            params: &self.params,
            basis: None,
        };
        checker.operation(&raw, &|place| {
            at(&path(&match place {
                Place::Operation => String::new(),
                Place::Qubits => ".q".into(),
                Place::Qubit(index) => format!(".q[{index}]"),
                Place::Clbits => ".c".into(),
                Place::Clbit(index) => format!(".c[{index}]"),
                Place::Params | Place::Basis => ".params".into(),
                Place::Param(index) => {
                    format!(".params.{}", self.params.get(index).map_or("", |(key, _)| key))
                }
            }))
        });
        Ok(opcode)
    }

    /// The operation as canonical JSON.
    fn write(&self, opcode: Opcode, index: usize, out: &mut String) {
        let list = |out: &mut String, numbers: &[i64]| {
            for (index, number) in numbers.iter().enumerate() {
                let _ = write!(out, "{}{number}", if index == 0 { "" } else { "," });
            }
        };
        out.push_str(if index == 0 { "{" } else { ",{" });
        if !self.clbits.is_empty() {
            out.push_str("\"c\":[");
            list(out, &self.clbits);
            out.push_str("],");
        }
        let _ = write!(out, "\"op\":\"{}\"", opcode.name());
        if let [(key, Param::Text(text))] = &self.params[..] {
            out.push_str(",\"params\":{");
            json::push_quoted(out, key);
            out.push(':');
            push_scalar(out, text);
            out.push('}');
        }
        out.push_str(",\"q\":[");
        list(out, &self.qubits);
        out.push_str("]}");
    }
}

/// A number as a number, all else as a string.
fn push_scalar(out: &mut String, text: &str) {
    match Scalar::read(text) {
        Some(Scalar::Number(number)) => json::push_double(out, number),
        _ => json::push_quoted(out, text),
    }
}

/// The key and value of a map's entry.
fn pair<'s>(entry: &'s [u8], path: &str) -> Result<(&'s str, &'s str), Error> {
    let (mut key, mut value) = ("", "");
    for field in Fields::new(entry) {
        match field.map_err(|Broken| broken(path))? {
            Field { number: 1, value: Wire::Bytes(bytes) } => key = text(bytes, path)?,
            Field { number: 2, value: Wire::Bytes(bytes) } => value = text(bytes, path)?,
            Field { number, .. } => {
                return Err(wrong(path, format!("an entry of a map has no field {number}")));
            }
        }
    }
    Ok((key, value))
}

fn text<'s>(bytes: &'s [u8], path: &str) -> Result<&'s str, Error> {
    std::str::from_utf8(bytes).map_err(|_| wrong(path, "the text is not UTF-8"))
}

fn broken(path: &str) -> Error {
    wrong(path, "the message is cut off or is no protobuf")
}

fn at(path: &str) -> Position {
    Position::Field { path: path.to_owned() }
}

fn wrong(path: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, at(path), message)
}
