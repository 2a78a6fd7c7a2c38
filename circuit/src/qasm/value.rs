//! Values of expressions: numbers that are known, and bits that a measurement decides.

mod affine;
mod arithmetic;
mod convert;
mod functions;
mod word;

use std::rc::Rc;

pub(super) use affine::Affine;
pub(super) use arithmetic::{binary, unary};
pub(super) use convert::{convert, index, truth};
pub(super) use functions::{NAMES, call, constant};

use super::tape::Lit;

/// The widest classical value.
pub(super) const WIDEST: u32 = 4_096;

/// Which wires a register, an element, or a choice of elements stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wires {
    One(u32),
    Run { start: u32, count: u32 },
    List(Rc<[u32]>),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A known integer.
    Int(i128, IntKind),
    Float(f64),
    /// A float that measurements decide.
    Affine(Rc<Affine>),
    Complex(f64, f64),
    /// Nanoseconds.
    Duration(f64),
    /// Radians from 0 to before 2π, and the bits it is kept in, if that was said.
    Angle(f64, Option<u32>),
    Bool(Lit),
    Bit(Lit),
    /// Bits, the least significant first, not all of which need be known.
    Word(Rc<[Lit]>, WordKind),
    Array(Rc<Vec<Value>>),
    Qubits(Wires),
    /// What a subroutine without result gives.
    Nothing,
}

/// An integer's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IntKind {
    pub(super) signed: bool,
    /// None for literals and for types without a width.
    pub(super) width: Option<u32>,
}

/// What the bits of a word mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    Bits,
    Int,
    Uint,
    /// An integer without a width: as many bits as it needs, the last one the sign.
    Exact,
    Angle,
}

/// A type whose sizes are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Qubit(Option<u32>),
    Bit,
    Bits(u32),
    Bool,
    Int(IntKind),
    Float,
    Angle(Option<u32>),
    Complex,
    Duration,
    Array(Rc<Kind>, Rc<[usize]>),
}

impl IntKind {
    pub(super) const LITERAL: Self = Self { signed: true, width: None };
}

impl Value {
    pub(super) const fn int(value: i128) -> Self {
        Self::Int(value, IntKind::LITERAL)
    }

    pub(super) fn known(value: bool) -> Self {
        Self::Bool(Lit::Known(value))
    }

    pub(super) fn word(bits: impl Into<Rc<[Lit]>>, kind: WordKind) -> Self {
        Self::Word(bits.into(), kind)
    }

    /// A word, or the number it is if all its bits are known.
    fn settled(bits: Vec<Lit>, kind: WordKind) -> Self {
        let width = Some(bits.len() as u32);
        let signed = matches!(kind, WordKind::Int | WordKind::Exact);
        match (word::known(&bits, signed), kind) {
            (Some(value), WordKind::Int | WordKind::Uint) => Self::Int(value, IntKind { signed, width }),
            (Some(value), WordKind::Exact) => Self::int(value),
            (Some(value), WordKind::Angle) => {
                Self::Angle(value as f64 * std::f64::consts::TAU / power_of_two(bits.len()), width)
            }
            _ => Self::word(bits, kind),
        }
    }

    /// Whether no measurement decides any of it.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Bool(bit) | Self::Bit(bit) => bit.known().is_some(),
            Self::Word(bits, _) => bits.iter().all(|bit| bit.known().is_some()),
            Self::Affine(_) => false,
            _ => true,
        }
    }

    /// What it is, for messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Int(..) | Self::Word(_, WordKind::Int | WordKind::Uint | WordKind::Exact) => "an integer",
            Self::Float(_) | Self::Affine(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::Duration(_) => "a duration",
            Self::Angle(..) | Self::Word(_, WordKind::Angle) => "an angle",
            Self::Bool(_) => "a truth value",
            Self::Bit(_) => "a bit",
            Self::Word(_, WordKind::Bits) => "a bit register",
            Self::Array(_) => "an array",
            Self::Qubits(Wires::One(_)) => "a qubit",
            Self::Qubits(_) => "a qubit register",
            Self::Nothing => "nothing",
        }
    }
}

impl Kind {
    /// What a variable of this type is called.
    pub(super) fn describe(&self) -> String {
        let width = |name: &str, width: Option<u32>| match width {
            Some(width) => format!("{name}[{width}]"),
            None => name.to_owned(),
        };
        match self {
            Self::Qubit(size) => width("qubit", *size),
            Self::Bit => "bit".into(),
            Self::Bits(size) => width("bit", Some(*size)),
            Self::Bool => "bool".into(),
            Self::Int(kind) => width(if kind.signed { "int" } else { "uint" }, kind.width),
            Self::Float => "float".into(),
            Self::Angle(size) => width("angle", *size),
            Self::Complex => "complex".into(),
            Self::Duration => "duration".into(),
            Self::Array(..) => "array".into(),
        }
    }

    /// The value of a variable that nothing was assigned to.
    pub(super) fn zero(&self) -> Value {
        match self {
            Self::Qubit(_) => Value::Nothing,
            Self::Bit => Value::Bit(Lit::FALSE),
            Self::Bits(size) => Value::word(vec![Lit::FALSE; *size as usize], WordKind::Bits),
            Self::Bool => Value::Bool(Lit::FALSE),
            Self::Int(kind) => Value::Int(0, *kind),
            Self::Float => Value::Float(0.0),
            Self::Angle(width) => Value::Angle(0.0, *width),
            Self::Complex => Value::Complex(0.0, 0.0),
            Self::Duration => Value::Duration(0.0),
            Self::Array(element, sizes) => {
                let mut value = element.zero();
                for &size in sizes.iter().rev() {
                    value = Value::Array(Rc::new(vec![value; size]));
                }
                value
            }
        }
    }
}

impl Wires {
    /// How many wires it has.
    pub(super) fn count(&self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::Run { count, .. } => *count,
            Self::List(list) => list.len() as u32,
        }
    }

    /// Whether it is a single wire, which fits registers of any size.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// The wire that takes part in the i-th of several like operations.
    pub(super) fn nth(&self, index: u32) -> u32 {
        match self {
            Self::One(wire) => *wire,
            Self::Run { start, .. } => start + index,
            Self::List(list) => list.get(index as usize).copied().unwrap_or_default(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.count()).map(|index| self.nth(index))
    }

    /// A register of these wires.
    pub(super) fn register(wires: Vec<u32>) -> Self {
        Self::List(wires.into())
    }
}

/// 2 to the power of a number of bits.
fn power_of_two(bits: usize) -> f64 {
    2_f64.powi(i32::try_from(bits).unwrap_or(i32::MAX))
}
