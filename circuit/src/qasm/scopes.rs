//! What names mean, and where.
//!
//! Every name has a chain of meanings, the innermost first. A subroutine's or gate's body sees what
//! it declares itself and what is global, never what its caller declares.

use super::names::Symbol;
use super::value::{Kind, Value, Wires};

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    Qubits(Wires),
    Bits(Wires),
    Constant(Value),
    /// A variable, by its place among all that live now.
    Variable(usize),
    Gate(u32),
    Subroutine(u32),
    /// Its declaration was refused: whatever uses it is a consequence.
    Lost,
}

/// A classical variable.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) kind: Kind,
    /// One cell, or one for each element of an array.
    pub(super) cells: Vec<Cell>,
    /// Whether it may be written.
    pub(super) mutable: bool,
    /// The condition under which it was declared: under just this one it is written plainly.
    pub(super) guard: super::tape::Lit,
}

/// A value, and the scratch bits that keep what of it is not known.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) value: Value,
    /// By place; `NONE` where there is none yet.
    pub(super) homes: Vec<u32>,
}

/// No scratch bit.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Entry {
    symbol: Symbol,
    meaning: Meaning,
    /// 0 for what is global, else the body it belongs to.
    frame: u32,
    depth: u32,
    previous: u32,
}

/// All meanings and variables that live now.
#[derive(Debug)]
pub(super) struct Scopes {
    entries: Vec<Entry>,
    /// The innermost entry of each name.
    top: Vec<u32>,
    pub(super) variables: Vec<Variable>,
    depth: u32,
    frame: u32,
    frames: u32,
}

/// What a scope began with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    entries: usize,
    pub(super) variables: usize,
    frame: u32,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), top: Vec::new(), variables: Vec::new(), depth: 0, frame: 1, frames: 1 }
    }

    /// Whether the present scope is the program's outermost.
    pub(super) fn is_global(&self) -> bool {
        self.depth == 0
    }

    /// Begins a scope within the present body.
    pub(super) fn enter(&mut self) -> Scope {
        self.depth += 1;
        Scope { entries: self.entries.len(), variables: self.variables.len(), frame: self.frame }
    }

    /// Begins the scope of a body that sees only what is global.
    pub(super) fn enter_body(&mut self) -> Scope {
        let scope = self.enter();
        self.frames += 1;
        self.frame = self.frames;
        scope
    }

    /// Ends a scope and gives the variables that end with it.
    pub(super) fn leave(&mut self, scope: Scope) -> std::vec::Drain<'_, Variable> {
        for entry in self.entries.drain(scope.entries..).rev() {
            self.top[entry.symbol.0 as usize] = entry.previous;
        }
        self.depth -= 1;
        self.frame = scope.frame;
        self.variables.drain(scope.variables..)
    }

    /// Gives a name a meaning; false if it has one in this very scope already.
    pub(super) fn declare(&mut self, symbol: Symbol, meaning: Meaning) -> bool {
        let place = symbol.0 as usize;
        if self.top.len() <= place {
            self.top.resize(place + 1, NONE);
        }
        let previous = self.top[place];
        if let Some(entry) = self.entries.get_mut(previous as usize)
            && entry.depth == self.depth
        {
            let was_lost = matches!(entry.meaning, Meaning::Lost);
            if was_lost && !matches!(meaning, Meaning::Lost) {
                return true;
            }
            return was_lost;
        }
        let frame = if self.depth == 0 { 0 } else { self.frame };
        self.entries.push(Entry { symbol, meaning, frame, depth: self.depth, previous });
        self.top[place] = self.entries.len() as u32 - 1;
        true
    }

    /// Gives a name of this scope another meaning.
    pub(super) fn replace(&mut self, symbol: Symbol, meaning: Meaning) {
        if let Some(&top) = self.top.get(symbol.0 as usize)
            && let Some(entry) = self.entries.get_mut(top as usize)
        {
            entry.meaning = meaning;
        }
    }

    /// What a name means here.
    pub(super) fn find(&self, symbol: Symbol) -> Option<&Meaning> {
        let mut at = *self.top.get(symbol.0 as usize)?;
        while let Some(entry) = self.entries.get(at as usize) {
            if entry.frame == 0 || entry.frame == self.frame {
                return Some(&entry.meaning);
            }
            at = entry.previous;
        }
        None
    }

    /// Whether a name means something in this very scope.
    pub(super) fn is_declared_here(&self, symbol: Symbol) -> bool {
        let top = self.top.get(symbol.0 as usize).and_then(|&top| self.entries.get(top as usize));
        top.is_some_and(|entry| entry.depth == self.depth && !matches!(entry.meaning, Meaning::Lost))
    }

    /// All names that mean something here.
    pub(super) fn visible(&self) -> impl Iterator<Item = (Symbol, &Meaning)> {
        let seen = |entry: &&Entry| entry.frame == 0 || entry.frame == self.frame;
        self.entries.iter().rev().filter(seen).map(|entry| (entry.symbol, &entry.meaning))
    }
}
