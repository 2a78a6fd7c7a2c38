//! OpenQASM 3: text → tokens → statements → steps, one statement at a time.
//!
//! Supported are registers, the standard gates with constant angles, measurement, reset and
//! barrier. Every other statement of the language is recognised and refused as unsupported, with
//! its position; `refused` holds the list.

mod ast;
mod cursor;
mod evaluate;
mod expression;
mod fault;
mod gates;
mod lexer;
mod lower;
mod parser;
mod refused;
mod registers;
mod token;

use crate::error::{Error, ErrorKind, Errors, Position, Report};
use crate::limits::Limits;
use crate::program::{Operation, Pauli, Program, Step};
use crate::text::line_column;
use crate::{Compiled, Identity, IdentityOf};
use lower::{Lowering, NOWHERE};
use parser::Parser;

/// Reads and checks an OpenQASM 3 program.
pub(crate) fn compile(payload: &[u8], limits: &Limits) -> Result<Compiled, Errors> {
    crate::fits(payload, limits)?;
    let source = std::str::from_utf8(payload).map_err(|error| {
        let (line, column) = line_column(payload, error.valid_up_to());
        Error::new(ErrorKind::Invalid, Position::Text { line, column }, "the payload is not UTF-8")
    })?;
    let mut report = Report::new(limits.errors);
    let mut parser = Parser::new(source, limits);
    let mut lowering = Lowering::new(source, limits);
    while let Some(statement) = parser.next() {
        if let Err(fault) = statement.and_then(|statement| lowering.statement(statement)) {
            fault.locate(source).into_iter().for_each(|error| report.push(error));
            if lowering.hopeless || report.is_full() {
                report.stop_early();
                break;
            }
        }
    }
    if report.is_empty()
        && let Err(error) = finish(&mut lowering, limits)
    {
        report.push(error);
    }
    report.finish()?;

    let Lowering { registers, steps, output_bits, untargeted, warnings, .. } = lowering;
    let scratch = u32::from(untargeted);
    let clbits = registers.bits.max(output_bits) + scratch;
    let program = Program { qubits: registers.qubits, clbits, output_bits, steps, observables: Vec::new() };
    Ok(Compiled {
        program,
        identity: Identity::new(payload, IdentityOf::Payload),
        aqo_version: None,
        expectation: false,
        bound_parameters: Vec::new(),
        warnings,
    })
}

/// What can be done only when the whole program is known: where untargeted measurements go, and
/// the measurement of everything where nothing is measured into a declared bit.
fn finish(lowering: &mut Lowering<'_>, limits: &Limits) -> Result<(), Error> {
    let qubits = lowering.registers.qubits;
    if qubits == 0 {
        return Err(Error::new(ErrorKind::Invalid, Position::None, "the program declares no qubits"));
    }
    if lowering.output_bits > 0 {
        // One bit that nobody reads takes all outcomes that have no target.
        let scratch = lowering.registers.bits;
        redirect(&mut lowering.steps, |_| scratch);
        return Ok(());
    }
    if qubits > limits.clbits {
        let message = format!(
            "a program that measures into no bit measures all its {qubits} qubits, and at most {} classical bits \
             are allowed",
            limits.clbits
        );
        return Err(Error::new(ErrorKind::Invalid, Position::None, message));
    }
    // Qubit i goes to bit i; a qubit that was measured last of all is not measured again.
    redirect(&mut lowering.steps, |qubit| qubit);
    lowering.untargeted = false;
    let mut measured = vec![false; qubits as usize];
    for step in &lowering.steps {
        let is_measurement = matches!(step.operation, Operation::Measure { .. });
        for qubit in step.operation.qubits() {
            measured[qubit as usize] = is_measurement;
        }
    }
    let missing = (0..qubits).filter(|&qubit| !measured[qubit as usize]);
    let measure = |qubit| Step::from(Operation::Measure { qubit, clbit: qubit, basis: Pauli::Z });
    let missing: Vec<Step> = missing.map(measure).collect();
    if lowering.room(missing.len() as u32, token::Span::default()).is_err() {
        let message = format!("the program has more than {} operations", limits.operations);
        return Err(Error::new(ErrorKind::TooLarge, Position::None, message));
    }
    lowering.steps.extend(missing);
    lowering.output_bits = qubits;
    Ok(())
}

/// Gives measurements without target the bit that `bit` says for their qubit.
fn redirect(steps: &mut [Step], bit: impl Fn(u32) -> u32) {
    for step in steps {
        if let Operation::Measure { qubit, clbit, .. } = &mut step.operation
            && *clbit == NOWHERE
        {
            *clbit = bit(*qubit);
        }
    }
}
