//! Statements → steps.
//!
//! Statements come one at a time and leave nothing behind but steps and declared names, so memory
//! grows with the program's operations and with nothing else.

use super::ast::{Expr, Name, Operand, Statement};
use super::evaluate::{Evaluator, Value};
use super::fault::Fault;
use super::gates;
use super::registers::{Registers, WireKind, Wires};
use super::token::Span;
use crate::limits::Limits;
use crate::program::{Operation, Pauli, Step};
use crate::text::{line_column, quote};

/// Where the outcome of a measurement without target goes until all declarations are known.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The most warnings kept.
const WARNINGS: usize = 20;

/// Collects a program's steps.
pub(super) struct Lowering<'s> {
    source: &'s str,
    limits: &'s Limits,
    evaluator: Evaluator,
    pub(super) registers: Registers<'s>,
    pub(super) steps: Vec<Step>,
    /// One more than the highest bit measured into; 0 if there is none.
    pub(super) output_bits: u32,
    /// Whether some measurement has no target.
    pub(super) untargeted: bool,
    /// Nothing after this can be made sense of, or would be of use.
    pub(super) hopeless: bool,
    pub(super) warnings: Vec<String>,
    standard: Include,
}

/// What is known of the gates that includes bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Include {
    None,
    Standard,
    /// Used without having been included, and warned about.
    Missed,
    /// An include was refused, so any gate may have been meant.
    Refused,
}

impl<'s> Lowering<'s> {
    pub(super) fn new(source: &'s str, limits: &'s Limits) -> Self {
        Self {
            source,
            limits,
            evaluator: Evaluator::default(),
            registers: Registers::default(),
            steps: Vec::new(),
            output_bits: 0,
            untargeted: false,
            hopeless: false,
            warnings: Vec::new(),
            standard: Include::None,
        }
    }

    /// Takes the next statement.
    pub(super) fn statement(&mut self, statement: Statement<'s>) -> Result<(), Fault> {
        match statement {
            Statement::Version { number, first } => self.version(number, first),
            Statement::Include(path) => self.include(path),
            Statement::Qubits { name, size } => self.declare(WireKind::Qubit, name, size.as_ref()).map(drop),
            Statement::Bits { name, size, measured } => {
                let bits = self.declare(WireKind::Bit, name, size.as_ref())?;
                match measured {
                    Some(qubits) => self.measure(&qubits, Some((bits, name.span))),
                    None => Ok(()),
                }
            }
            Statement::Call { gate, angles, operands } => self.call(gate, &angles, &operands),
            Statement::Measure { qubits, bits } => {
                let bits = match &bits {
                    Some(bits) => Some((self.wires(WireKind::Bit, bits)?, bits.name.span)),
                    None => None,
                };
                self.measure(&qubits, bits)
            }
            Statement::Reset(operand) => {
                let wires = self.wires(WireKind::Qubit, &operand)?;
                self.room(wires.count(), operand.name.span)?;
                self.steps.extend((0..wires.count()).map(|i| Step::from(Operation::Reset(wires.nth(i)))));
                Ok(())
            }
            Statement::Barrier(operands) => {
                for operand in &operands {
                    self.wires(WireKind::Qubit, operand)?;
                }
                self.room(1, operands.first().map_or(Span::default(), |operand| operand.name.span))?;
                self.steps.push(Operation::Barrier.into());
                Ok(())
            }
            Statement::Ignored(word) => {
                self.warn(word.span, "pragmas and annotations are ignored");
                Ok(())
            }
            Statement::Refused { fault, declares } => {
                if let Some(name) = declares {
                    self.registers.lose(name);
                }
                Err(fault)
            }
        }
    }

    fn version(&mut self, number: Name<'_>, first: bool) -> Result<(), Fault> {
        if !first {
            return Err(Fault::invalid(number.span, "the version must come before all other statements"));
        }
        if matches!(number.text, "3" | "3.0" | "3.1") {
            return Ok(());
        }
        self.hopeless = true;
        let message = format!("OpenQASM {} is not supported", quote(number.text));
        let kind = crate::ErrorKind::UnsupportedVersion;
        Err(Fault::new(kind, number.span, message).suggest(Some("3, 3.0 and 3.1 are".into())))
    }

    fn include(&mut self, path: Name<'_>) -> Result<(), Fault> {
        if path.text == "stdgates.inc" {
            self.standard = Include::Standard;
            return Ok(());
        }
        self.standard = Include::Refused;
        Err(Fault::unsupported(path.span, format!("there is no file {} to include", quote(path.text)))
            .suggest(Some("only `stdgates.inc` is built in; no file is ever read".into())))
    }

    fn declare(&mut self, kind: WireKind, name: Name<'s>, size: Option<&Expr<'s>>) -> Result<Wires, Fault> {
        let size = match size.map(|size| (self.integer(size), size.span)) {
            None => None,
            Some((Ok(count), span)) => Some((count, span)),
            Some((Err(fault), _)) => {
                self.registers.lose(name.text);
                return Err(fault);
            }
        };
        self.registers.declare(kind, name, size, self.limits)
    }

    fn call(&mut self, name: Name<'_>, angles: &[Expr<'s>], operands: &[Operand<'s>]) -> Result<(), Fault> {
        if name.text == "gphase" {
            return self.global_phase(name, angles, operands);
        }
        let gate = gates::find(name.text).ok_or_else(|| self.unknown_gate(name))?;
        if gate.standard && self.standard == Include::None {
            self.standard = Include::Missed;
            self.warn(name.span, "gates of `stdgates.inc` are used without including it");
        }
        if angles.len() != gate.angles {
            return Err(miscounted(name, gate.angles, "angle", angles.len()));
        }
        if operands.len() != gate.qubits {
            return Err(miscounted(name, gate.qubits, "qubit", operands.len()));
        }
        let mut values = [0.0; 4];
        for (value, angle) in values.iter_mut().zip(angles) {
            *value = self.double(angle)?;
        }
        let mut wires = [Wires { kind: WireKind::Qubit, start: 0, size: None }; 3];
        for (wires, operand) in wires.iter_mut().zip(operands) {
            *wires = self.wires(WireKind::Qubit, operand)?;
        }
        let wires = &wires[..operands.len()];
        let count = broadcast(wires, operands)?;
        self.room(count, name.span)?;
        for i in 0..count {
            let mut qubits = [0; 3];
            for (qubit, wires) in qubits.iter_mut().zip(wires) {
                *qubit = wires.nth(i);
            }
            let (last, before) = (wires.len() - 1, &qubits[..wires.len() - 1]);
            let twice = (1..=last).find(|&k| before[..k].contains(&qubits[k]));
            if let Some(operand) = twice.and_then(|k| operands.get(k)) {
                let message =
                    format!("{} takes distinct qubits, but this one stands there twice", quote(name.text));
                return Err(Fault::invalid(operand.name.span, message));
            }
            self.steps.push((gate.build)(values, qubits).into());
        }
        Ok(())
    }

    fn unknown_gate(&self, name: Name<'_>) -> Fault {
        if self.standard == Include::Refused || self.registers.is_lost(name.text) {
            return Fault::consequence();
        }
        let guess = gates::guess(name.text).map(|near| format!("did you mean `{near}`?"));
        Fault::invalid(name.span, format!("unknown gate {}", quote(name.text))).suggest(guess)
    }

    /// A global phase changes no outcome as long as nothing controls it.
    fn global_phase(
        &mut self,
        name: Name<'_>,
        angles: &[Expr<'s>],
        operands: &[Operand<'s>],
    ) -> Result<(), Fault> {
        let [angle] = angles else { return Err(miscounted(name, 1, "angle", angles.len())) };
        if !operands.is_empty() {
            return Err(miscounted(name, 0, "qubit", operands.len()));
        }
        self.double(angle)?;
        self.warn(name.span, "a global phase changes no outcome and was left out");
        Ok(())
    }

    fn measure(&mut self, operand: &Operand<'s>, bits: Option<(Wires, Span)>) -> Result<(), Fault> {
        let qubits = self.wires(WireKind::Qubit, operand)?;
        if let Some((bits, span)) = bits
            && bits.count() != qubits.count()
        {
            let message = format!("{} qubits cannot be measured into {} bits", qubits.count(), bits.count());
            return Err(Fault::invalid(span, message));
        }
        self.room(qubits.count(), operand.name.span)?;
        for i in 0..qubits.count() {
            let clbit = bits.map_or(NOWHERE, |(bits, _)| bits.nth(i));
            self.steps.push(Operation::Measure { qubit: qubits.nth(i), clbit, basis: Pauli::Z }.into());
        }
        match bits {
            Some((bits, _)) => self.output_bits = self.output_bits.max(bits.start + bits.count()),
            None => self.untargeted = true,
        }
        Ok(())
    }

    fn wires(&mut self, kind: WireKind, operand: &Operand<'s>) -> Result<Wires, Fault> {
        let wires = self.registers.find(kind, operand.name)?;
        match &operand.index {
            None => Ok(wires),
            Some(index) => wires.element(self.integer(index)?, index.span),
        }
    }

    fn integer(&mut self, expr: &Expr<'s>) -> Result<i64, Fault> {
        match self.value(expr)? {
            Value::Integer(integer) => Ok(integer),
            Value::Float(_) => Err(Fault::invalid(expr.span, "expected an integer, and this is a fraction")),
        }
    }

    fn double(&mut self, expr: &Expr<'s>) -> Result<f64, Fault> {
        self.value(expr).map(Value::as_double)
    }

    fn value(&mut self, expr: &Expr<'s>) -> Result<Value, Fault> {
        let registers = &self.registers;
        let value = self.evaluator.value(expr, &|name, span| {
            if registers.is_lost(name) {
                return Some(Fault::consequence());
            }
            let message = || format!("{} is a register, not a number", quote(name));
            registers.is_declared(name).then(|| Fault::invalid(span, message()))
        })?;
        if let Some(span) = self.evaluator.inexact.take() {
            self.warn(
                span,
                "the quotient of two integers is rounded to an integer: write `1.0/2` for a half",
            );
        }
        Ok(value)
    }

    /// That so many more operations are allowed.
    pub(super) fn room(&mut self, more: u32, span: Span) -> Result<(), Fault> {
        if self.steps.len() + more as usize <= self.limits.operations {
            return Ok(());
        }
        self.hopeless = true;
        let message = format!("the program has more than {} operations", self.limits.operations);
        Err(Fault::too_large(span, message))
    }

    fn warn(&mut self, span: Span, message: &str) {
        if self.warnings.len() < WARNINGS {
            let (line, column) = line_column(self.source.as_bytes(), span.start as usize);
            self.warnings.push(format!("line {line}, column {column}: {message}"));
        }
    }
}

/// How often a gate is applied to operands, each one wire or a register of the common size.
fn broadcast(wires: &[Wires], operands: &[Operand<'_>]) -> Result<u32, Fault> {
    let mut sizes = wires.iter().zip(operands).filter_map(|(wires, operand)| Some((wires.size?, operand)));
    let Some((size, _)) = sizes.next() else { return Ok(1) };
    match sizes.find(|&(other, _)| other != size) {
        None => Ok(size),
        Some((other, operand)) => {
            let message =
                format!("registers of one gate have the same size, and these have {size} and {other}");
            Err(Fault::invalid(operand.name.span, message))
        }
    }
}

fn miscounted(name: Name<'_>, wanted: usize, what: &str, found: usize) -> Fault {
    let plural = if wanted == 1 { "" } else { "s" };
    Fault::invalid(name.span, format!("{} takes {wanted} {what}{plural}, not {found}", quote(name.text)))
}
