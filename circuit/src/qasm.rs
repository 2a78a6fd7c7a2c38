//! OpenQASM 2 and 3: text → tokens → statements → steps, one statement at a time.
//!
//! `parse` knows the grammar, `value` the types and operators, `lower` what statements do. Nothing
//! is ever read from a disk: `stdgates.inc` and `qelib1.inc` are the table in `gates`.

mod ast;
mod cursor;
mod fault;
mod gates;
mod lexer;
mod lower;
mod names;
mod parse;
mod scopes;
mod tape;
mod token;
mod value;

use std::collections::HashSet;

use crate::error::{Error, ErrorKind, Errors, Position, Report};
use crate::limits::{GoOn, Limits};
use crate::program::{ClassicalOp, Guard, Operation, Pauli, Program, Step};
use crate::symbols::Symbols;
use crate::text::line_column;
use crate::{Bindings, Compiled, Identity, IdentityOf};
use fault::Fault;
use lower::{Lowering, NOWHERE};
use parse::Parser;
use tape::SCRATCH;

/// Reads and checks an OpenQASM program, and names it.
pub(crate) fn compile(
    payload: &[u8],
    bindings: &Bindings,
    limits: &Limits,
    go_on: GoOn<'_>,
) -> Result<Compiled, Errors> {
    let (program, lowering) = build(payload, bindings, limits, go_on)?;
    crate::in_time(go_on)?;
    Ok(Compiled {
        identity: identity(payload, &program, lowering.symbols.used().is_empty()),
        program,
        aqo_version: None,
        expectation: false,
        bound_parameters: lowering.symbols.into_used(),
        warnings: lowering.warnings,
    })
}

/// Reads and checks an OpenQASM program, no more.
pub(crate) fn check(payload: &[u8], bindings: &Bindings, limits: &Limits) -> Result<Program, Errors> {
    build(payload, bindings, limits, &|| true).map(|(program, _)| program)
}

fn build<'s, 'b>(
    payload: &'s [u8],
    bindings: &'b Bindings,
    limits: &'b Limits,
    go_on: GoOn<'b>,
) -> Result<(Program, Lowering<'s, 'b>), Errors> {
    crate::fits(payload, limits)?;
    let source = std::str::from_utf8(payload).map_err(|error| {
        let (line, column) = line_column(payload, error.valid_up_to());
        Error::new(ErrorKind::Invalid, Position::Text { line, column }, "the payload is not UTF-8")
    })?;
    let mut lowering = Lowering::new(source, limits, go_on, Symbols::new(bindings, []));
    let report = carry_out(source, limits, &mut lowering);
    let mut report = report.unwrap_or_else(|report| report);
    if report.is_empty()
        && let Err(error) = finish(&mut lowering, limits)
    {
        report.push(error);
    }
    report.finish()?;
    let program = assemble(&mut lowering);
    Ok((program, lowering))
}

/// The hash of the program's AQO form where it has one, and no input's value is part of it.
fn identity(payload: &[u8], program: &Program, unbound: bool) -> Identity {
    match crate::emit::direct(program).filter(|_| unbound) {
        Some(aqo) => Identity::new(aqo.as_bytes(), IdentityOf::CanonicalAqo),
        None => Identity::new(payload, IdentityOf::Payload),
    }
}

/// Reads and carries out all statements; the report that came early is the error.
fn carry_out<'s>(
    source: &'s str,
    limits: &Limits,
    lowering: &mut Lowering<'s, '_>,
) -> Result<Report, Report> {
    let mut report = Report::new(limits.errors);
    let mut parser = Parser::new(source, limits);
    let mut said: HashSet<(u32, u64)> = HashSet::new();
    let mut say = |report: &mut Report, fault: Fault| {
        use std::hash::{DefaultHasher, Hash, Hasher};
        if let Some((place, message)) = fault.key() {
            let mut hasher = DefaultHasher::new();
            message.hash(&mut hasher);
            if said.insert((place, hasher.finish()))
                && let Some(error) = fault.locate(source)
            {
                report.push(error);
            }
        }
    };
    loop {
        let mark = parser.ast.mark();
        let definitions = parser.ast.definitions.len();
        let Some(statement) = parser.next() else { break };
        lowering.tape.old = parser.old;
        // What the parser found wrong within the statement comes first.
        parser.faults.drain(..).for_each(|fault| say(&mut report, fault));
        if !report.is_empty() {
            lowering.hurry();
        }
        match statement {
            Err(fault) => say(&mut report, fault),
            Ok(statement) => {
                let result = lowering.statement(&parser.ast, statement);
                lowering.faults.drain(..).for_each(|fault| say(&mut report, fault));
                if let Err(fault) = result {
                    say(&mut report, fault);
                }
            }
        }
        if parser.ast.definitions.len() == definitions {
            parser.ast.cut(mark);
        }
        if lowering.is_hopeless() || report.is_full() || parser.hopeless {
            report.stop_early();
            return Err(report);
        }
    }
    Ok(report)
}

/// What can be done only when the whole program is known: where untargeted measurements go, what
/// variables tell of measurements, and the measurement of everything where nothing else is told.
fn finish(lowering: &mut Lowering<'_, '_>, limits: &Limits) -> Result<(), Error> {
    let qubits = lowering.qubits;
    if qubits == 0 {
        return Err(Error::new(ErrorKind::Invalid, Position::None, "the program declares no qubits"));
    }
    let located = |fault: Fault| match fault.key() {
        Some((_, message)) => Error::new(ErrorKind::TooLarge, Position::None, message),
        None => Error::new(ErrorKind::Invalid, Position::None, "the program cannot be finished"),
    };
    if lowering.output_bits == 0 && lowering.elsewhere {
        lowering.tell_variables().map_err(located)?;
    }
    if lowering.output_bits > 0 {
        return write_the_last_bit(lowering).map_err(located);
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
    let mut measured = vec![false; qubits as usize];
    for step in &mut lowering.tape.steps {
        let mut into = false;
        if let Operation::Measure { qubit, clbit, .. } = &mut step.operation
            && *clbit == NOWHERE
        {
            *clbit = *qubit;
            into = step.guard.is_none();
        }
        for qubit in step.operation.qubits() {
            measured[qubit as usize] = into;
        }
    }
    lowering.untargeted = false;
    let missing = (0..qubits).filter(|&qubit| !measured[qubit as usize]);
    let measure = |qubit| Step::from(Operation::Measure { qubit, clbit: qubit, basis: Pauli::Z });
    let missing: Vec<Step> = missing.map(measure).collect();
    lowering.tape.room(missing.len()).map_err(located)?;
    lowering.tape.steps.extend(missing);
    lowering.output_bits = qubits;
    Ok(())
}

/// The answer is as wide as the highest bit that the program measures into or assigns to. An assignment of
/// the 0 that a bit holds anyway writes no step; where nothing else writes the last bit, it has to, or the
/// steps alone would tell of a narrower answer.
fn write_the_last_bit(lowering: &mut Lowering<'_, '_>) -> Result<(), Fault> {
    let last = lowering.output_bits - 1;
    let written = |step: &Step| match step.operation {
        Operation::Measure { clbit, .. } => clbit == last,
        Operation::Classical(operation) => operation.target() == last,
        _ => false,
    };
    if lowering.tape.steps.iter().rev().any(written) {
        return Ok(());
    }
    lowering.tape.emit_bare(Operation::Classical(ClassicalOp::Set { dst: last, value: false }))
}

/// The program, with scratch bits behind the declared ones.
fn assemble(lowering: &mut Lowering<'_, '_>) -> Program {
    let declared = lowering.bits.max(lowering.output_bits);
    let scratch = lowering.tape.scratch_bits();
    // One bit that nobody reads takes all outcomes that have no target.
    let nowhere = declared + scratch;
    let clbits = nowhere + u32::from(lowering.untargeted);
    let mut steps = std::mem::take(&mut lowering.tape.steps);
    if scratch > 0 || lowering.untargeted {
        let place = |bit: &mut u32| match *bit {
            NOWHERE => *bit = nowhere,
            SCRATCH.. => *bit = *bit - SCRATCH + declared,
            _ => {}
        };
        for step in &mut steps {
            step.operation.clbits_mut().into_iter().flatten().for_each(place);
            if let Some(Guard { clbit, .. }) = &mut step.guard {
                place(clbit);
            }
        }
    }
    Program {
        qubits: lowering.qubits,
        clbits,
        output_bits: lowering.output_bits,
        steps,
        observables: Vec::new(),
    }
}
