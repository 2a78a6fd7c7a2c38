//! Statements → steps.
//!
//! The program is carried out as far as its values are known: loops are unrolled, subroutines and
//! gates inlined, constants folded. What a measurement decides becomes classical steps on single
//! bits, and branches on it become guards. Statements come one at a time and leave nothing behind
//! but steps, names and variables.

mod assign;
mod call;
mod check;
mod control;
mod declare;
mod expression;
mod modify;
mod native;
mod place;
mod subroutine;

use super::ast::{Ast, Block, Statement};
use super::fault::Fault;
use super::gates::{self, Gate};
use super::names::Symbol;
use super::scopes::{Cell, NONE, Scopes};
use super::tape::{Lit, SCRATCH, Tape};
use super::token::Span;
use super::value::Wires;
use crate::error::{ErrorKind, OUT_OF_TIME};
use crate::limits::{GoOn, Limits, STRIDE, WORK_PER_OPERATION};
use crate::program::{Operation, Pauli};
use crate::symbols::Symbols;
use crate::text::line_column;

/// Where the outcome of a measurement without target goes until all declarations are known.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The most warnings kept.
const WARNINGS: usize = 20;

/// The most faults kept; more than anybody asks for.
const FAULTS: usize = 1_000;

/// The most work after the first fault.
const HASTE: u64 = 100_000;

/// The deepest chain of blocks, subroutines and gates in one another.
const DEEPEST: usize = 96;

/// Collects a program's steps.
pub(super) struct Lowering<'s, 'l> {
    source: &'s str,
    limits: &'l Limits,
    pub(super) tape: Tape,
    pub(super) scopes: Scopes,
    pub(super) symbols: Symbols<'l>,
    pub(super) faults: Vec<Fault>,
    pub(super) qubits: u32,
    /// Declared bits, and one more than the highest written; 0 if none is.
    pub(super) bits: u32,
    pub(super) output_bits: u32,
    /// Whether some measurement has no target, or some other target than a declared bit.
    pub(super) untargeted: bool,
    pub(super) elsewhere: bool,
    pub(super) warnings: Vec<String>,
    go_on: GoOn<'l>,
    /// Statements and values looked at so far, the most of them, and when to ask whether to go on.
    work: u64,
    most: u64,
    ask: u64,
    hurried: bool,
    /// Open blocks, subroutines and gates.
    depth: usize,
    frames: Vec<Frame>,
    /// Controls of the gates at work, and the global phase they gave.
    controls: Vec<(u32, bool)>,
    phase: f64,
    /// Physical qubits are used, or declared ones.
    physical: Option<bool>,
    included: Include,
    /// Built-in gates by symbol, as far as they were asked for.
    built_in: Vec<Looked>,
    buffers: call::Buffers,
    /// The results of the subroutines at work.
    results: Vec<subroutine::Slot>,
}

/// Whether a name is that of a built-in gate, once it was looked up.
#[derive(Clone, Copy)]
enum Looked {
    NotYet,
    NoGate,
    Gate(&'static Gate),
}

/// What is known of the gates that includes bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Include {
    None,
    Library,
    /// Used without having been included, and warned about.
    Missed,
    /// An include was refused, so any gate may have been meant.
    Refused,
}

/// A part of the program that may be left before its end.
#[derive(Debug)]
struct Frame {
    kind: FrameKind,
    /// The condition under which its next statement runs.
    guard: Lit,
    /// Scratch bits that hold such conditions.
    owned: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Program,
    Branch,
    Loop,
    Iteration,
    Subroutine,
}

impl<'s, 'l> Lowering<'s, 'l> {
    pub(super) fn new(source: &'s str, limits: &'l Limits, go_on: GoOn<'l>, symbols: Symbols<'l>) -> Self {
        Self {
            source,
            limits,
            tape: Tape::new(limits),
            scopes: Scopes::new(),
            symbols,
            faults: Vec::new(),
            qubits: 0,
            bits: 0,
            output_bits: 0,
            untargeted: false,
            elsewhere: false,
            warnings: Vec::new(),
            go_on,
            work: 0,
            most: limits.work,
            ask: STRIDE.min(limits.work),
            hurried: false,
            depth: 0,
            frames: vec![Frame { kind: FrameKind::Program, guard: Lit::TRUE, owned: Vec::new() }],
            controls: Vec::new(),
            phase: 0.0,
            physical: None,
            included: Include::None,
            built_in: Vec::new(),
            buffers: call::Buffers::default(),
            results: Vec::new(),
        }
    }

    /// Whether there is no use in going on.
    pub(super) fn is_hopeless(&self) -> bool {
        self.tape.exhausted
    }

    /// Carries out a statement.
    pub(super) fn statement(&mut self, ast: &Ast<'s>, id: u32) -> Result<(), Fault> {
        let (statement, span) = ast.statement(id);
        self.tape.at = span;
        self.count(1)?;
        if self.tape.guard == Lit::FALSE {
            return Ok(());
        }
        let mark = self.tape.mark();
        let result = self.execute(ast, statement, span, mark);
        self.tape.end(mark);
        result
    }

    fn execute(&mut self, ast: &Ast<'s>, statement: Statement, span: Span, mark: usize) -> Result<(), Fault> {
        match statement {
            Statement::Call { gate, modifiers, angles, operands } => {
                self.call(ast, gate, modifiers, angles, operands)
            }
            Statement::Include(path) => self.include(path),
            Statement::Qubits { name, size } => self.declare_qubits(ast, name, size),
            Statement::Declare { storage, ty, name, value } => {
                self.declare(ast, storage, ty, name, value, mark)
            }
            Statement::Alias { name, value } => self.declare_alias(ast, name, value),
            Statement::Gate(index) => self.define_gate(ast, index),
            Statement::Subroutine(index) => self.define_subroutine(ast, index),
            Statement::Assign { target, operator, value } => self.assign(ast, target, operator, value, mark),
            Statement::Measure { source, target } => self.measure(ast, source, target, mark),
            Statement::Reset(operand) => {
                let wires = self.qubits_of(ast, operand)?;
                self.tape.room(wires.count() as usize)?;
                wires.iter().try_for_each(|qubit| self.tape.emit(Operation::Reset(qubit)))
            }
            Statement::Barrier(operands) => {
                for &operand in ast.list(operands) {
                    self.qubits_of(ast, operand)?;
                }
                self.tape.emit_bare(Operation::Barrier)
            }
            Statement::Delay { duration, operands } => {
                self.value(ast, duration)?;
                for &operand in ast.list(operands) {
                    self.qubits_of(ast, operand)?;
                }
                self.warn(span, "timing has no meaning here: delays are left out");
                Ok(())
            }
            Statement::Box(body) => {
                self.warn(span, "timing has no meaning here: boxes are just blocks");
                self.scope(ast, body)
            }
            Statement::Scope(body) => self.scope(ast, body),
            Statement::If { condition, then, otherwise } => self.branch(ast, condition, then, otherwise),
            Statement::For { ty, name, values, body } => self.for_loop(ast, ty, name, values, body, span),
            Statement::While { condition, body } => self.while_loop(ast, condition, body, span),
            Statement::Switch { target, cases } => self.switch(ast, target, cases),
            Statement::Break => self.leave(&[FrameKind::Loop], "`break` stands in no loop", span),
            Statement::Continue => self.leave(&[FrameKind::Iteration], "`continue` stands in no loop", span),
            Statement::End => self.leave(&[FrameKind::Program], "", span),
            Statement::Return(value) => self.give_back(ast, value, span, mark),
            Statement::Expression(value) => self.value(ast, value).map(drop),
            Statement::Ignored(what) => {
                self.warn(span, what);
                Ok(())
            }
            Statement::Nop => Ok(()),
            Statement::Lost(symbol) => {
                self.scopes.declare(symbol, super::scopes::Meaning::Lost);
                Ok(())
            }
        }
    }

    fn include(&mut self, path: Span) -> Result<(), Fault> {
        let text = &self.source[path.start as usize..path.end as usize];
        if matches!(text, "stdgates.inc" | "qelib1.inc") {
            self.included = Include::Library;
            return Ok(());
        }
        self.included = Include::Refused;
        let message = format!("there is no file {} to include", crate::text::quote(text));
        let span = Span { start: path.start - 1, end: path.end + 1 };
        Err(Fault::unsupported(span, message)
            .suggest(Some("only `stdgates.inc` and `qelib1.inc` are built in; no file is ever read".into())))
    }

    /// A block in a scope of its own.
    fn scope(&mut self, ast: &Ast<'s>, body: Block) -> Result<(), Fault> {
        self.deeper()?;
        let scope = self.scopes.enter();
        let result = self.block(ast, body);
        self.close(scope);
        self.depth -= 1;
        result
    }

    /// The statements of a block; what is wrong is kept, and the next one is looked at.
    fn block(&mut self, ast: &Ast<'s>, body: Block) -> Result<(), Fault> {
        for &id in ast.block(body) {
            if self.tape.guard == Lit::FALSE {
                break;
            }
            if let Err(fault) = self.statement(ast, id) {
                // A faulty subroutine that calls itself would find ever more.
                if self.tape.exhausted || self.faults.len() >= FAULTS {
                    return Err(fault);
                }
                self.faults.push(fault);
            }
        }
        Ok(())
    }

    fn deeper(&mut self) -> Result<(), Fault> {
        if self.depth >= DEEPEST {
            let message = format!("blocks, gates and subroutines nest deeper than {DEEPEST} levels");
            return Err(Fault::too_large(self.tape.at, message));
        }
        self.depth += 1;
        Ok(())
    }

    /// Ends a scope and gives the scratch bits of its variables back.
    fn close(&mut self, scope: super::scopes::Scope) {
        let mut bits = Vec::new();
        for variable in self.scopes.leave(scope) {
            bits.extend(variable.cells.into_iter().flat_map(|Cell { homes, .. }| homes));
        }
        bits.into_iter().filter(|&bit| bit != NONE).for_each(|bit| self.tape.release(bit));
    }

    /// Counts work, of which there may be so much.
    fn count(&mut self, amount: u64) -> Result<(), Fault> {
        self.work = self.work.saturating_add(amount);
        if self.work <= self.ask { Ok(()) } else { self.pause() }
    }

    /// Sees whether there is reason to go on.
    #[cold]
    fn pause(&mut self) -> Result<(), Fault> {
        let earned = WORK_PER_OPERATION.saturating_mul(self.tape.steps.len() as u64);
        let most = self.most.saturating_add(earned);
        let fault = if self.work > most && self.hurried {
            Fault::consequence()
        } else if self.work > most {
            let message = format!("carrying out the program takes more than {most} steps");
            Fault::too_large(self.tape.at, message)
        } else if (self.go_on)() {
            self.ask = most.min(self.work + STRIDE);
            return Ok(());
        } else {
            Fault::new(ErrorKind::OutOfTime, self.tape.at, OUT_OF_TIME)
        };
        self.tape.exhausted = true;
        Err(fault)
    }

    /// The program is refused whatever else it says: looking for more that is wrong may take so much.
    pub(super) fn hurry(&mut self) {
        if !self.hurried {
            self.hurried = true;
            self.most = self.most.min(self.work.saturating_add(HASTE));
            self.ask = self.ask.min(self.most);
        }
    }

    /// The built-in gate of a name.
    fn built_in(&mut self, ast: &Ast<'s>, symbol: Symbol) -> Option<&'static Gate> {
        let place = symbol.0 as usize;
        if self.built_in.len() <= place {
            self.built_in.resize(place + 1, Looked::NotYet);
        }
        if let Looked::NotYet = self.built_in[place] {
            self.built_in[place] = gates::find(ast.text(symbol)).map_or(Looked::NoGate, Looked::Gate);
        }
        let Looked::Gate(gate) = self.built_in[place] else { return None };
        // A program that includes nothing may be in the dialect of Braket.
        let alone = matches!(self.included, Include::None | Include::Missed) && !self.tape.old;
        (gate.library != gates::Library::Braket || alone).then_some(gate)
    }

    // --- measurement

    /// `measure …;`, perhaps into something.
    fn measure(
        &mut self,
        ast: &Ast<'s>,
        source: super::ast::ExprId,
        target: Option<super::ast::ExprId>,
        mark: usize,
    ) -> Result<(), Fault> {
        let Some(target) = target else {
            let qubits = self.qubits_of(ast, source)?;
            self.tape.room(qubits.count() as usize)?;
            self.untargeted = true;
            return qubits.iter().try_for_each(|qubit| self.tape.emit(measurement(qubit, NOWHERE)));
        };
        let place = self.place(ast, target)?;
        self.measure_into(ast, source, place, ast.span(target), mark)
    }

    /// Measures into bits, or into whatever else the target is.
    fn measure_into(
        &mut self,
        ast: &Ast<'s>,
        source: super::ast::ExprId,
        target: place::Place,
        span: Span,
        mark: usize,
    ) -> Result<(), Fault> {
        let qubits = self.qubits_of(ast, source)?;
        let place::Place::Bits(bits) = target else {
            let value = self.measured(&qubits)?;
            return self.write(target, value, span, mark);
        };
        if bits.count() != qubits.count() {
            let message = format!("{} qubits cannot be measured into {} bits", qubits.count(), bits.count());
            return Err(Fault::invalid(span, message));
        }
        self.tape.room(qubits.count() as usize)?;
        for (qubit, bit) in qubits.iter().zip(bits.iter()) {
            self.tape.emit(measurement(qubit, bit))?;
            self.tape.forget(bit);
            self.writes(bit);
        }
        Ok(())
    }

    /// The outcomes of a measurement as a value, in bits that last as long as the statement.
    fn measured(&mut self, qubits: &Wires) -> Result<super::value::Value, Fault> {
        use super::value::{Value, WordKind};
        self.tape.room(qubits.count() as usize)?;
        self.elsewhere = true;
        let mut bits = Vec::new();
        for qubit in qubits.iter() {
            let bit = self.tape.temporary();
            self.tape.emit(measurement(qubit, bit))?;
            bits.push(Lit::wire(bit));
        }
        Ok(match qubits {
            Wires::One(_) => Value::Bit(bits[0]),
            _ => Value::word(bits, WordKind::Bits),
        })
    }

    /// Notes that a bit is written, which counts if it is a declared one.
    fn writes(&mut self, bit: u32) {
        if bit < SCRATCH {
            self.output_bits = self.output_bits.max(bit + 1);
        } else {
            self.elsewhere = true;
        }
    }

    pub(super) fn warn(&mut self, span: Span, message: &str) {
        if self.warnings.len() < WARNINGS {
            let (line, column) = line_column(self.source.as_bytes(), span.start as usize);
            let warning = format!("line {line}, column {column}: {message}");
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }
}

fn measurement(qubit: u32, clbit: u32) -> Operation {
    Operation::Measure { qubit, clbit, basis: Pauli::Z }
}
