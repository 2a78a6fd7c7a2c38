//! The steps written so far, and single bits that are known or not.
//!
//! A [`Lit`] is what is known of a bit at this point of the program: its value, or the classical
//! bit that will hold it. Logic on known bits costs nothing; on others it writes classical steps on
//! scratch bits, always outside of the present guard, since nobody else reads them. A scratch bit
//! is written before it is read, and is used again when the statement that needed it is over.

use super::fault::Fault;
use super::token::Span;
use crate::limits::Limits;
use crate::program::{ClassicalOp, Guard, Operation, Step};

/// Scratch bits have numbers from here on until all declared bits are known.
pub(super) const SCRATCH: u32 = 1 << 31;

/// A bit's value, or where it will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lit {
    Known(bool),
    Wire { bit: u32, negated: bool },
}

/// A program's steps and classical bits.
#[derive(Debug)]
pub(super) struct Tape {
    pub(super) steps: Vec<Step>,
    /// The condition of what is written now.
    pub(super) guard: Lit,
    /// The statement at work, for faults.
    pub(super) at: Span,
    /// Nothing more fits.
    pub(super) exhausted: bool,
    /// The program is OpenQASM 2, where all division is that of real numbers.
    pub(super) old: bool,
    /// The last division of integers that left a remainder.
    pub(super) inexact: Option<Span>,
    most: usize,
    /// What declared bits and scratch bits hold, where that is known.
    declared: Vec<Option<bool>>,
    scratch: Vec<Option<bool>>,
    /// Scratch bits to be used again, and those the present statements need.
    free: Vec<u32>,
    temporary: Vec<u32>,
}

impl Lit {
    pub(super) const TRUE: Self = Self::Known(true);
    pub(super) const FALSE: Self = Self::Known(false);

    pub(super) fn wire(bit: u32) -> Self {
        Self::Wire { bit, negated: false }
    }

    pub(super) fn known(self) -> Option<bool> {
        match self {
            Self::Known(value) => Some(value),
            Self::Wire { .. } => None,
        }
    }

    pub(super) fn bit(self) -> Option<u32> {
        match self {
            Self::Known(_) => None,
            Self::Wire { bit, .. } => Some(bit),
        }
    }
}

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            Self::Wire { bit, negated } => Self::Wire { bit, negated: !negated },
        }
    }
}

impl Tape {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            steps: Vec::new(),
            guard: Lit::TRUE,
            at: Span::default(),
            exhausted: false,
            old: false,
            inexact: None,
            most: limits.operations,
            declared: Vec::new(),
            scratch: Vec::new(),
            free: Vec::new(),
            temporary: Vec::new(),
        }
    }

    /// How many scratch bits there are.
    pub(super) fn scratch_bits(&self) -> u32 {
        self.scratch.len() as u32
    }

    /// That so many more steps are allowed.
    pub(super) fn room(&mut self, more: usize) -> Result<(), Fault> {
        if self.steps.len().saturating_add(more) <= self.most {
            return Ok(());
        }
        self.exhausted = true;
        Err(Fault::too_large(self.at, format!("the program has more than {} operations", self.most)))
    }

    /// Writes an operation under the present guard.
    pub(super) fn emit(&mut self, operation: Operation) -> Result<(), Fault> {
        let guard = match self.guard {
            Lit::Known(true) => None,
            Lit::Known(false) => return Ok(()),
            Lit::Wire { bit, negated } => Some(Guard { clbit: bit, value: !negated }),
        };
        self.room(1)?;
        self.steps.push(Step { operation, guard });
        Ok(())
    }

    /// Writes an operation without a guard.
    pub(super) fn emit_bare(&mut self, operation: Operation) -> Result<(), Fault> {
        self.room(1)?;
        self.steps.push(operation.into());
        Ok(())
    }

    // --- bits

    /// Declares so many bits, which hold 0.
    pub(super) fn declare(&mut self, count: u32) {
        self.declared.resize(self.declared.len() + count as usize, Some(false));
    }

    /// A scratch bit that lasts until it is given back with [`Tape::release`].
    pub(super) fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.scratch.push(Some(false));
            SCRATCH + self.scratch.len() as u32 - 1
        })
    }

    /// Gives a scratch bit back.
    pub(super) fn release(&mut self, bit: u32) {
        self.free.push(bit);
    }

    /// A scratch bit that lasts until the present statement ends.
    pub(super) fn temporary(&mut self) -> u32 {
        let bit = self.take();
        self.temporary.push(bit);
        self.forget(bit);
        bit
    }

    /// Where the temporary bits of a new statement will begin.
    pub(super) fn mark(&self) -> usize {
        self.temporary.len()
    }

    /// Ends a statement.
    pub(super) fn end(&mut self, mark: usize) {
        self.free.extend(self.temporary.drain(mark.min(self.temporary.len())..));
    }

    /// Keeps a temporary bit of the statement that began at the mark; whether it was one.
    pub(super) fn adopt(&mut self, bit: u32, mark: usize) -> bool {
        let place = self.temporary.iter().skip(mark).position(|&other| other == bit);
        place.map(|place| self.temporary.swap_remove(mark + place)).is_some()
    }

    /// Whether a bit lasts only as long as some statement.
    pub(super) fn is_temporary(&self, bit: u32) -> bool {
        self.temporary.contains(&bit)
    }

    /// Lets a bit that was kept last until the present statement ends.
    pub(super) fn lend(&mut self, bit: u32) {
        self.temporary.push(bit);
    }

    fn content(&mut self, bit: u32) -> Option<&mut Option<bool>> {
        match bit.checked_sub(SCRATCH) {
            Some(scratch) => self.scratch.get_mut(scratch as usize),
            None => self.declared.get_mut(bit as usize),
        }
    }

    /// Notes that a bit may hold anything from now on.
    pub(super) fn forget(&mut self, bit: u32) {
        if let Some(content) = self.content(bit) {
            *content = None;
        }
    }

    /// What a bit holds.
    pub(super) fn read(&mut self, bit: u32) -> Lit {
        match self.content(bit) {
            Some(&mut Some(value)) => Lit::Known(value),
            _ => Lit::wire(bit),
        }
    }

    /// Makes sure that a bit taken anew holds 0, whatever the guard.
    pub(super) fn clear(&mut self, bit: u32) -> Result<(), Fault> {
        if self.read(bit) != Lit::FALSE {
            self.emit_bare(Operation::Classical(ClassicalOp::Set { dst: bit, value: false }))?;
            if let Some(content) = self.content(bit) {
                *content = Some(false);
            }
        }
        Ok(())
    }

    /// Writes a bit under the present guard.
    pub(super) fn write(&mut self, dst: u32, value: Lit) -> Result<(), Fault> {
        if self.guard == Lit::FALSE || self.read(dst) == value {
            return Ok(());
        }
        let operation = match value {
            Lit::Known(value) => ClassicalOp::Set { dst, value },
            Lit::Wire { bit: src, negated: false } => ClassicalOp::Copy { dst, src },
            Lit::Wire { bit: src, negated: true } => ClassicalOp::Not { dst, src },
        };
        self.emit(Operation::Classical(operation))?;
        let known = value.known().filter(|_| self.guard == Lit::TRUE);
        if let Some(content) = self.content(dst) {
            *content = known;
        }
        Ok(())
    }

    /// Writes a bit whatever the guard.
    pub(super) fn write_bare(&mut self, dst: u32, value: Lit) -> Result<(), Fault> {
        let guard = std::mem::replace(&mut self.guard, Lit::TRUE);
        let result = self.write(dst, value);
        self.guard = guard;
        result
    }

    // --- logic

    /// The number of a bit that holds this, now.
    fn plain(&mut self, value: Lit) -> Result<u32, Fault> {
        if let Lit::Wire { bit, negated: false } = value {
            return Ok(bit);
        }
        let dst = self.temporary();
        self.write_bare(dst, value)?;
        self.forget(dst);
        Ok(dst)
    }

    /// The same value in a bit of its own, which nobody else writes.
    pub(super) fn copy(&mut self, value: Lit) -> Result<Lit, Fault> {
        let Lit::Wire { bit, negated } = value else { return Ok(value) };
        let dst = self.temporary();
        self.write_bare(dst, Lit::wire(bit))?;
        Ok(Lit::Wire { bit: dst, negated })
    }

    pub(super) fn and(&mut self, a: Lit, b: Lit) -> Result<Lit, Fault> {
        match (a, b) {
            (Lit::Known(false), _) | (_, Lit::Known(false)) => return Ok(Lit::FALSE),
            (Lit::Known(true), other) | (other, Lit::Known(true)) => return Ok(other),
            _ if a == b => return Ok(a),
            _ if a == !b => return Ok(Lit::FALSE),
            _ => {}
        }
        let both_negated =
            matches!((a, b), (Lit::Wire { negated: true, .. }, Lit::Wire { negated: true, .. }));
        let (a, b) = if both_negated { (!a, !b) } else { (a, b) };
        let (a, b) = (self.plain(a)?, self.plain(b)?);
        let dst = self.temporary();
        let operation =
            if both_negated { ClassicalOp::Or { dst, a, b } } else { ClassicalOp::And { dst, a, b } };
        self.emit_bare(Operation::Classical(operation))?;
        Ok(Lit::Wire { bit: dst, negated: both_negated })
    }

    pub(super) fn or(&mut self, a: Lit, b: Lit) -> Result<Lit, Fault> {
        Ok(!self.and(!a, !b)?)
    }

    pub(super) fn xor(&mut self, a: Lit, b: Lit) -> Result<Lit, Fault> {
        match (a, b) {
            (Lit::Known(value), other) | (other, Lit::Known(value)) => Ok(if value { !other } else { other }),
            (Lit::Wire { bit: a, negated: left }, Lit::Wire { bit: b, negated: right }) => {
                if a == b {
                    return Ok(Lit::Known(left != right));
                }
                let dst = self.temporary();
                self.emit_bare(Operation::Classical(ClassicalOp::Xor { dst, a, b }))?;
                Ok(Lit::Wire { bit: dst, negated: left != right })
            }
        }
    }

    /// `if condition { yes } else { no }`
    pub(super) fn choose(&mut self, condition: Lit, yes: Lit, no: Lit) -> Result<Lit, Fault> {
        match (condition, yes, no) {
            (Lit::Known(known), ..) => return Ok(if known { yes } else { no }),
            _ if yes == no => return Ok(yes),
            (_, Lit::Known(true), _) => return self.or(condition, no),
            (_, Lit::Known(false), _) => return self.and(!condition, no),
            (_, _, Lit::Known(true)) => return self.or(!condition, yes),
            (_, _, Lit::Known(false)) => return self.and(condition, yes),
            _ => {}
        }
        let difference = self.xor(yes, no)?;
        let flip = self.and(condition, difference)?;
        self.xor(no, flip)
    }
}
