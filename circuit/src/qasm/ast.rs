//! Statements as written, before anything is looked up.

use super::fault::Fault;
use super::token::Span;

/// A name and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'s> {
    pub(super) text: &'s str,
    pub(super) span: Span,
}

/// One statement.
#[derive(Debug)]
pub(super) enum Statement<'s> {
    /// `OPENQASM 3.0;` with whether it is the first statement.
    Version { number: Name<'s>, first: bool },
    /// `include "…";`, the path without its quotes.
    Include(Name<'s>),
    /// `qubit[size] name;`
    Qubits { name: Name<'s>, size: Option<Expr<'s>> },
    /// `bit[size] name;`, perhaps with `= measure …`.
    Bits { name: Name<'s>, size: Option<Expr<'s>>, measured: Option<Operand<'s>> },
    /// A gate on qubits.
    Call { gate: Name<'s>, angles: Vec<Expr<'s>>, operands: Vec<Operand<'s>> },
    /// A measurement, perhaps into bits.
    Measure { qubits: Operand<'s>, bits: Option<Operand<'s>> },
    /// `reset …;`
    Reset(Operand<'s>),
    /// `barrier …;`
    Barrier(Vec<Operand<'s>>),
    /// A pragma or an annotation, which may be ignored; the word it begins with.
    Ignored(Name<'s>),
    /// A statement that is recognised, but not supported; the name it would have declared.
    Refused { fault: Fault, declares: Option<&'s str> },
}

/// A register or one element of it.
#[derive(Debug)]
pub(super) struct Operand<'s> {
    pub(super) name: Name<'s>,
    pub(super) index: Option<Expr<'s>>,
}

/// An expression.
#[derive(Debug)]
pub(super) struct Expr<'s> {
    pub(super) kind: ExprKind<'s>,
    pub(super) span: Span,
}

/// What an expression is. A chain holds all operators of one level of precedence, so that a long
/// sum is no deep tree: depth grows with nesting only.
#[derive(Debug)]
pub(super) enum ExprKind<'s> {
    Integer(i64),
    Float(f64),
    Name(&'s str),
    Negate(Box<Expr<'s>>),
    Power(Box<(Expr<'s>, Expr<'s>)>),
    Chain(Box<Expr<'s>>, Vec<(Operator, Expr<'s>)>),
    Call(&'s str, Vec<Expr<'s>>),
}

/// An operator of a chain, applied from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
