//! Short ways to compile and to write down what came out.

#![allow(dead_code, reason = "no test uses all of it")]

pub mod reference;

use eigen_circuit::program::{ClassicalOp, Operation, Pauli, Program};
use eigen_circuit::{Bindings, Compiled, Errors, Limits, Source, compile};

pub fn aqo_with(payload: &str, options: &[(&str, &str)]) -> Result<Compiled, Errors> {
    let bindings = Bindings::from_options(options.iter().copied());
    compile(Source::AqoJson(payload.as_bytes()), &bindings, &Limits::default())
}

pub fn aqo(payload: &str) -> Result<Compiled, Errors> {
    aqo_with(payload, &[])
}

pub fn qasm(source: &str) -> Result<Compiled, Errors> {
    compile(Source::Qasm3(source.as_bytes()), &Bindings::default(), &Limits::default())
}

/// An AQO 1.0.0 document with these operations.
pub fn document(qubits: u32, operations: &str) -> String {
    format!(r#"{{"version":"1.0.0","qubits":{qubits},"operations":[{operations}]}}"#)
}

/// The steps as text, such as `rx(0.5) 0; measure 0>1 x`.
pub fn show(program: &Program) -> String {
    program.steps.iter().map(|step| show_operation(step.operation)).collect::<Vec<_>>().join("; ")
}

fn show_operation(operation: Operation) -> String {
    if let Operation::Measure { qubit, clbit, basis } = operation {
        let basis = match basis {
            Pauli::X => " x",
            Pauli::Y => " y",
            Pauli::Z => "",
        };
        return format!("measure {qubit}>{clbit}{basis}");
    }
    let list = |items: Vec<String>| items.join(",");
    let qubits = list(operation.qubits().map(|qubit| qubit.to_string()).collect());
    let angles = list(operation.angles().map(|angle| format!("{angle:.4}")).collect());
    let angles = if angles.is_empty() { angles } else { format!("({angles})") };
    format!("{}{angles} {qubits}", operation.name()).trim_end().to_owned()
}

/// What every accepted program promises: indices in range, distinct qubits, finite angles.
pub fn check_invariants(program: &Program) -> Result<(), String> {
    let check = |fine: bool, what: &str| if fine { Ok(()) } else { Err(what.to_owned()) };
    check(program.qubits >= 1, "at least one qubit")?;
    check(program.output_bits <= program.clbits, "the answer's bits exist")?;
    let mut highest = 0;
    for step in &program.steps {
        let qubits: Vec<u32> = step.operation.qubits().collect();
        check(qubits.iter().all(|&qubit| qubit < program.qubits), "qubits in range")?;
        let distinct = (1..qubits.len()).all(|k| !qubits[..k].contains(&qubits[k]));
        check(distinct, "distinct qubits")?;
        check(step.operation.angles().all(f64::is_finite), "finite angles")?;
        let (written, read) = match step.operation {
            Operation::Measure { clbit, .. } => (Some(clbit), vec![]),
            Operation::Classical(operation) => match operation {
                ClassicalOp::Set { dst, .. } => (Some(dst), vec![]),
                ClassicalOp::Copy { dst, src } | ClassicalOp::Not { dst, src } => (Some(dst), vec![src]),
                ClassicalOp::And { dst, a, b }
                | ClassicalOp::Or { dst, a, b }
                | ClassicalOp::Xor { dst, a, b } => (Some(dst), vec![a, b]),
            },
            _ => (None, vec![]),
        };
        let guard = step.guard.map(|guard| guard.clbit);
        let all = written.into_iter().chain(read).chain(guard).all(|bit| bit < program.clbits);
        check(all, "bits in range")?;
        if let Some(bit) = written.filter(|&bit| bit < program.output_bits) {
            highest = highest.max(bit + 1);
        }
    }
    check(highest == program.output_bits && highest > 0, "the highest bit of the answer is written")?;
    for factor in program.observables.iter().flat_map(|it| &it.terms).flat_map(|term| &term.factors) {
        check(factor.0 < program.qubits, "observed qubits in range")?;
    }
    Ok(())
}
