//! The names a program declares, and the wires behind them.
//!
//! Registers lie one behind the other in the order of their declarations: element i of the first
//! bit register is classical bit i.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::ast::Name;
use super::fault::Fault;
use super::token::Span;
use crate::limits::Limits;
use crate::text::{nearest, quote};

/// Qubits or classical bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WireKind {
    Qubit,
    Bit,
}

/// A register, an element of one, or a single qubit or bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wires {
    pub(super) kind: WireKind,
    /// The first wire.
    pub(super) start: u32,
    /// How many; `None` for a single one that is no register.
    pub(super) size: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Symbol {
    Wires(Wires),
    /// Its declaration was refused: whatever uses it is a consequence.
    Lost,
}

/// The names declared so far.
#[derive(Debug, Default)]
pub(super) struct Registers<'s> {
    symbols: HashMap<&'s str, Symbol>,
    pub(super) qubits: u32,
    pub(super) bits: u32,
}

impl WireKind {
    fn plural(self) -> &'static str {
        match self {
            Self::Qubit => "qubits",
            Self::Bit => "bits",
        }
    }
}

impl Wires {
    /// How many wires it has.
    pub(super) fn count(self) -> u32 {
        self.size.unwrap_or(1)
    }

    /// The wire that takes part in the i-th of several like operations.
    pub(super) fn nth(self, index: u32) -> u32 {
        self.start + if self.size.is_some() { index } else { 0 }
    }

    /// One element; negative indices count from the end.
    pub(super) fn element(self, index: i64, span: Span) -> Result<Self, Fault> {
        let Some(size) = self.size else {
            let what = if self.kind == WireKind::Qubit { "qubit" } else { "bit" };
            return Err(Fault::invalid(span, format!("a single {what} has no index")));
        };
        let wanted = if index < 0 { index.saturating_add(i64::from(size)) } else { index };
        match u32::try_from(wanted) {
            Ok(offset) if offset < size => Ok(Self { start: self.start + offset, size: None, ..self }),
            _ => Err(Fault::invalid(
                span,
                format!("index {index} is outside of the register, which has {size}"),
            )),
        }
    }
}

impl<'s> Registers<'s> {
    /// Declares a register of `size` elements, or a single one.
    pub(super) fn declare(
        &mut self,
        kind: WireKind,
        name: Name<'s>,
        size: Option<(i64, Span)>,
        limits: &Limits,
    ) -> Result<Wires, Fault> {
        let Entry::Vacant(place) = self.symbols.entry(name.text) else {
            return Err(Fault::invalid(name.span, format!("{} is declared twice", quote(name.text))));
        };
        // Until all is well, the name counts as lost.
        let place = place.insert(Symbol::Lost);
        let (count, span) = size.unwrap_or((1, name.span));
        if count < 1 {
            return Err(Fault::invalid(span, "a register has at least one element"));
        }
        let (used, most) = match kind {
            WireKind::Qubit => (&mut self.qubits, limits.qubits),
            WireKind::Bit => (&mut self.bits, limits.clbits),
        };
        let start = *used;
        let free = most.saturating_sub(start);
        let Some(count) = u32::try_from(count).ok().filter(|&count| count <= free) else {
            let message = format!("the program declares more than {most} {}", kind.plural());
            return Err(match kind {
                WireKind::Qubit => Fault::too_large(span, message),
                WireKind::Bit => Fault::invalid(span, message),
            });
        };
        *used = start + count;
        let wires = Wires { kind, start, size: size.map(|_| count) };
        *place = Symbol::Wires(wires);
        Ok(wires)
    }

    /// Notes a name whose declaration was refused.
    pub(super) fn lose(&mut self, name: &'s str) {
        self.symbols.entry(name).or_insert(Symbol::Lost);
    }

    /// Whether a name's declaration was refused.
    pub(super) fn is_lost(&self, name: &str) -> bool {
        matches!(self.symbols.get(name), Some(Symbol::Lost))
    }

    /// Whether a name is one of a register, qubit or bit.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.symbols.contains_key(name)
    }

    /// The register of a name.
    pub(super) fn find(&self, kind: WireKind, name: Name<'_>) -> Result<Wires, Fault> {
        match self.symbols.get(name.text) {
            Some(Symbol::Wires(wires)) if wires.kind == kind => Ok(*wires),
            Some(Symbol::Wires(wires)) => {
                let (wanted, found) = (kind.plural(), wires.kind.plural());
                let message = format!("expected {wanted}, and {} are {found}", quote(name.text));
                Err(Fault::invalid(name.span, message))
            }
            Some(Symbol::Lost) => Err(Fault::consequence()),
            None => {
                let candidates = self.symbols.iter().filter_map(|(&known, symbol)| match symbol {
                    Symbol::Wires(wires) if wires.kind == kind => Some(known),
                    _ => None,
                });
                let mut candidates: Vec<&str> = candidates.take(1_000).collect();
                candidates.sort_unstable();
                let guess =
                    nearest(name.text, candidates).map(|near| format!("did you mean {}?", quote(near)));
                Err(Fault::invalid(name.span, format!("{} is not declared", quote(name.text))).suggest(guess))
            }
        }
    }
}
