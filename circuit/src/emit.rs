//! Programs written out again: as AQO or as OpenQASM text.
//!
//! Gates that a form lacks are first written with those it has ([`crate::decompose`]); what is left
//! that a form cannot say, such as a guard in AQO, is an error that names it.

mod aqo;
mod qasm2;
mod qasm3;
mod text;

pub(crate) use aqo::direct;

use std::borrow::Cow;

use crate::decompose::{GateSet, Inexpressible, decompose};
use crate::program::{Observable, Operation, Program, Step};

/// A form to write programs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// AQO 1.0.0 as canonical JSON.
    AqoJson,
    /// AQO 1.0.0 as a protobuf message.
    AqoProto,
    /// OpenQASM 3.0 text, with `stdgates.inc`.
    Qasm3,
    /// OpenQASM 2.0 text, with `qelib1.inc`.
    Qasm2,
}

/// Writes a program. Gates come out as they are where the form has them.
///
/// # Errors
/// The first operation that the form cannot express.
pub fn emit(program: &Program, form: Form) -> Result<Vec<u8>, Inexpressible> {
    match form {
        Form::AqoJson => aqo::json(aqo::fitted(program)?.as_ref()).map(String::into_bytes),
        Form::AqoProto => aqo::proto(aqo::fitted(program)?.as_ref()),
        Form::Qasm3 => Ok(qasm3::write(program).into_bytes()),
        Form::Qasm2 => {
            let program = without_discarded(program)?;
            qasm2::write(&decompose(&program, qasm2::gates())?).map(String::into_bytes)
        }
    }
}

/// The observables as AQO's annotations, as far as these can say them: products of one Pauli on
/// some qubits, each with the coefficient 1, one for each Pauli.
fn annotations(observables: &[Observable]) -> Option<String> {
    let [observable] = observables else { return None };
    let mut terms: Vec<(&str, Vec<u32>)> = Vec::new();
    for term in &observable.terms {
        let (_, pauli) = *term.factors.first()?;
        #[expect(clippy::float_cmp, reason = "the coefficient is 1 or it is not")]
        let plain = term.coefficient == 1.0 && term.factors.iter().all(|&(_, other)| other == pauli);
        let name = text::pauli(pauli);
        if !plain || terms.iter().any(|&(known, _)| known == name) {
            return None;
        }
        terms.push((name, term.factors.iter().map(|&(qubit, _)| qubit).collect()));
    }
    terms.sort_unstable();
    let terms: Vec<String> =
        terms.into_iter().map(|(name, qubits)| format!("\"{name}\":{}", text::list(&qubits))).collect();
    Some(format!("{{\"expectation\":{{\"kind\":\"pauli\",\"observable_terms\":{{{}}}}}}}", terms.join(",")))
}

/// The program without measurements whose results are thrown away, for forms in which every result is part
/// of the answer. At a qubit's end they change nothing; before it they do, and cannot be left out.
fn without_discarded(program: &Program) -> Result<Cow<'_, Program>, Inexpressible> {
    let discards = |step: &Step| matches!(step.operation, Operation::Measure { clbit, .. } if clbit >= program.output_bits);
    // A bit that a condition reads is not thrown away.
    let reads = |step: &Step| step.guard.is_some() || matches!(step.operation, Operation::Classical(_));
    if !program.steps.iter().any(discards) || program.steps.iter().any(reads) {
        return Ok(Cow::Borrowed(program));
    }
    let mut used = vec![false; program.qubits as usize];
    let mut steps = Vec::with_capacity(program.steps.len());
    for (index, step) in program.steps.iter().enumerate().rev() {
        let again = step.operation.qubits().any(|qubit| used[qubit as usize]);
        if discards(step) {
            if again {
                let reason = "the result is thrown away, and the form keeps every result";
                return Err(Inexpressible { step: index, operation: step.operation.name(), reason });
            }
            continue;
        }
        step.operation.qubits().for_each(|qubit| used[qubit as usize] = true);
        steps.push(*step);
    }
    steps.reverse();
    Ok(Cow::Owned(Program { steps, clbits: program.output_bits, ..program.clone_without_steps() }))
}

/// A set by names.
fn set(names: &[crate::program::GateName]) -> GateSet {
    names.iter().copied().collect()
}
