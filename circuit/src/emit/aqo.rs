//! AQO, as canonical JSON and as a protobuf message.

use std::borrow::Cow;

use super::{annotations, set, text};
use crate::aqo::wire::{put_bytes, put_int, put_varint};
use crate::decompose::{GateSet, Inexpressible, decompose};
use crate::program::{GateName as G, Operation as Op, Pauli, Program};

const VERSION: &str = "1.0.0";

/// What AQO has.
fn gates() -> GateSet {
    set(&[
        G::Rx,
        G::Ry,
        G::Rz,
        G::X,
        G::Y,
        G::Z,
        G::H,
        G::S,
        G::T,
        G::Cx,
        G::Cz,
        G::Swap,
        G::Ccx,
        G::Ccz,
        G::Measure,
        G::Reset,
    ])
}

/// The program with AQO's operations only.
pub(super) fn fitted(program: &Program) -> Result<Cow<'_, Program>, Inexpressible> {
    let set = gates();
    let program = super::without_discarded(program)?;
    if program.steps.iter().all(|step| set.contains(step.operation.name())) {
        return Ok(program);
    }
    decompose(&program, set).map(Cow::Owned)
}

/// The canonical JSON of a program that has AQO's operations only, as they are.
pub(crate) fn direct(program: &Program) -> Option<String> {
    let set = gates();
    let discards =
        |operation: &Op| matches!(operation, Op::Measure { clbit, .. } if *clbit >= program.output_bits);
    let fits = program.steps.iter().all(|step| {
        step.guard.is_none() && set.contains(step.operation.name()) && !discards(&step.operation)
    });
    if fits { json(program).ok() } else { None }
}

/// One operation's name, qubits, classical bit, angle and basis.
struct Parts {
    name: &'static str,
    qubits: [u32; 3],
    count: usize,
    clbit: Option<u32>,
    theta: Option<f64>,
    basis: Pauli,
}

fn parts(operation: &Op) -> Option<Parts> {
    let name = match operation {
        Op::Rx { .. } => "RX",
        Op::Ry { .. } => "RY",
        Op::Rz { .. } => "RZ",
        Op::X(_) => "X",
        Op::Y(_) => "Y",
        Op::Z(_) => "Z",
        Op::H(_) => "H",
        Op::S(_) => "S",
        Op::T(_) => "T",
        Op::Cx(..) => "CX",
        Op::Cz(..) => "CZ",
        Op::Swap(..) => "SWAP",
        Op::Ccx(..) => "CCX",
        Op::Ccz(..) => "CCZ",
        Op::Measure { .. } => "MEASURE",
        Op::Reset(_) => "RESET",
        _ => return None,
    };
    let mut qubits = [0; 3];
    let mut count = 0;
    for (slot, qubit) in qubits.iter_mut().zip(operation.qubits()) {
        *slot = qubit;
        count += 1;
    }
    let (clbit, basis) = match *operation {
        Op::Measure { clbit, basis, .. } => (Some(clbit), basis),
        _ => (None, Pauli::Z),
    };
    Some(Parts { name, qubits, count, clbit, theta: operation.angles().next(), basis })
}

fn each(program: &Program, mut write: impl FnMut(&Parts)) -> Result<(), Inexpressible> {
    for (step, it) in program.steps.iter().enumerate() {
        let operation = it.operation.name();
        let fail = |reason| Inexpressible { step, operation, reason };
        if it.guard.is_some() {
            return Err(fail("AQO has no conditional operations"));
        }
        write(&parts(&it.operation).ok_or_else(|| fail("AQO has no such operation"))?);
    }
    Ok(())
}

pub(super) fn json(program: &Program) -> Result<String, Inexpressible> {
    let mut out = String::with_capacity(40 * program.steps.len() + 64);
    out.push('{');
    if let Some(annotations) = annotations(&program.observables) {
        out.push_str("\"annotations\":");
        out.push_str(&annotations);
        out.push(',');
    }
    out.push_str("\"operations\":[");
    let mut first = true;
    each(program, |parts| {
        out.push_str(if std::mem::take(&mut first) { "{" } else { ",{" });
        if parts.basis != Pauli::Z {
            out.push_str("\"basis\":\"");
            out.push_str(text::pauli(parts.basis));
            out.push_str("\",");
        }
        if let Some(clbit) = parts.clbit {
            out.push_str("\"c\":[");
            text::push_number(&mut out, clbit);
            out.push_str("],");
        }
        out.push_str("\"op\":\"");
        out.push_str(parts.name);
        if let Some(theta) = parts.theta {
            out.push_str("\",\"params\":{\"theta\":");
            text::push_double(&mut out, theta);
            out.push_str("},\"q\":[");
        } else {
            out.push_str("\",\"q\":[");
        }
        for (index, &qubit) in parts.qubits[..parts.count].iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            text::push_number(&mut out, qubit);
        }
        out.push_str("]}");
    })?;
    out.push_str("],\"qubits\":");
    text::push_number(&mut out, program.qubits);
    out.push_str(",\"version\":\"");
    out.push_str(VERSION);
    out.push_str("\"}");
    Ok(out)
}

pub(super) fn proto(program: &Program) -> Result<Vec<u8>, Inexpressible> {
    let mut out = Vec::with_capacity(16 * program.steps.len() + 32);
    put_bytes(&mut out, 1, VERSION.as_bytes());
    put_int(&mut out, 2, program.qubits);
    let (mut operation, mut inner) = (Vec::new(), Vec::new());
    each(program, |parts| {
        operation.clear();
        put_bytes(&mut operation, 1, parts.name.as_bytes());
        inner.clear();
        parts.qubits[..parts.count].iter().for_each(|&qubit| put_varint(&mut inner, qubit.into()));
        put_bytes(&mut operation, 2, &inner);
        if let Some(clbit) = parts.clbit {
            inner.clear();
            put_varint(&mut inner, clbit.into());
            put_bytes(&mut operation, 3, &inner);
        }
        let mut param = |key: &str, value: &str| {
            inner.clear();
            put_bytes(&mut inner, 1, key.as_bytes());
            put_bytes(&mut inner, 2, value.as_bytes());
            put_bytes(&mut operation, 4, &inner);
        };
        if let Some(theta) = parts.theta {
            let mut number = String::new();
            text::push_double(&mut number, theta);
            param("theta", &number);
        }
        if parts.basis != Pauli::Z {
            param("basis", text::pauli(parts.basis));
        }
        put_bytes(&mut out, 3, &operation);
    })?;
    if let Some(annotations) = annotations(&program.observables) {
        put_bytes(&mut out, 5, annotations.as_bytes());
    }
    Ok(out)
}
