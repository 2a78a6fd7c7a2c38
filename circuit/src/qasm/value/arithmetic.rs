//! Operators.
//!
//! Two integers give an integer, so `1/2` is 0; with a float the result is one. Integers with
//! declared widths wrap; all others are exact, and one that outgrows 64 bits is an error. Where a
//! measurement decides an operand, the same rules hold bit by bit.

use std::rc::Rc;

use super::super::ast::{Binary, Unary};
use super::super::fault::Fault;
use super::super::tape::{Lit, Tape};
use super::super::token::Span;
use super::convert::{affine, angle_bits, convert, exact, float, truth, wrapped};
use super::{IntKind, Kind, Value, WIDEST, WordKind, word};

/// Applies a sign or a negation.
pub(in super::super) fn unary(
    tape: &mut Tape,
    operator: Unary,
    value: Value,
    span: Span,
) -> Result<Value, Fault> {
    let wrong =
        |value: &Value| Err(Fault::invalid(span, format!("this operator is not for {}", value.describe())));
    match (operator, value) {
        (Unary::Not, value) => Ok(Value::Bool(!truth(tape, &value, span)?)),
        (Unary::Negate, Value::Int(number, kind)) => {
            Ok(Value::Int(wrapped(number.wrapping_neg(), kind), kind))
        }
        (Unary::Negate, Value::Float(number)) => Ok(Value::Float(-number)),
        (Unary::Negate, Value::Complex(real, imaginary)) => Ok(Value::Complex(-real, -imaginary)),
        (Unary::Negate, Value::Duration(seconds)) => Ok(Value::Duration(-seconds)),
        (Unary::Negate, Value::Affine(number)) => Ok(Value::Affine(Rc::new(number.times(-1.0)))),
        (Unary::Negate, Value::Angle(angle, width)) => {
            convert(tape, Value::Float(-angle), &Kind::Angle(width), span)
        }
        (Unary::Negate, Value::Word(bits, kind @ (WordKind::Int | WordKind::Uint | WordKind::Angle))) => {
            Ok(Value::settled(word::negate(tape, &bits)?, kind))
        }
        (Unary::Negate, value @ (Value::Word(..) | Value::Bit(_) | Value::Bool(_))) => {
            arithmetic(tape, Binary::Subtract, &Value::int(0), &value, span)
        }
        (Unary::Complement, Value::Bool(bit)) => Ok(Value::Bool(!bit)),
        (Unary::Complement, Value::Bit(bit)) => Ok(Value::Bit(!bit)),
        (Unary::Complement, Value::Int(number, kind)) => Ok(Value::Int(wrapped(!number, kind), kind)),
        (Unary::Complement, Value::Word(bits, kind)) => {
            Ok(Value::settled(bits.iter().map(|&bit| !bit).collect(), kind))
        }
        (Unary::Complement, value @ Value::Angle(..)) => {
            let bits = angle_bits(&value, span)?;
            Ok(Value::settled(bits.into_iter().map(|bit| !bit).collect(), WordKind::Angle))
        }
        (_, value) => wrong(&value),
    }
}

/// Applies an operator to two values.
pub(in super::super) fn binary(
    tape: &mut Tape,
    operator: Binary,
    left: &Value,
    right: &Value,
    span: Span,
) -> Result<Value, Fault> {
    let value = match operator {
        Binary::And | Binary::Or => {
            let (left, right) = (truth(tape, left, span)?, truth(tape, right, span)?);
            Value::Bool(if operator == Binary::And { tape.and(left, right)? } else { tape.or(left, right)? })
        }
        Binary::Same | Binary::Different => {
            let same = same(tape, left, right, span)?;
            Value::Bool(if operator == Binary::Same { same } else { !same })
        }
        Binary::Less => Value::Bool(less(tape, left, right, span)?),
        Binary::Greater => Value::Bool(less(tape, right, left, span)?),
        Binary::LessOrSame => Value::Bool(!less(tape, right, left, span)?),
        Binary::GreaterOrSame => Value::Bool(!less(tape, left, right, span)?),
        Binary::BitAnd | Binary::BitOr | Binary::BitXor => bitwise(tape, operator, left, right, span)?,
        Binary::ShiftLeft | Binary::ShiftRight => shift(tape, operator, left, right, span)?,
        _ => arithmetic(tape, operator, left, right, span)?,
    };
    let finite = match &value {
        Value::Float(number) | Value::Duration(number) => number.is_finite(),
        Value::Complex(real, imaginary) => real.is_finite() && imaginary.is_finite(),
        Value::Affine(number) => number.is_finite(),
        Value::Word(bits, _) => bits.len() <= WIDEST as usize,
        _ => true,
    };
    if finite {
        Ok(value)
    } else {
        Err(Fault::invalid(span, "the value of this expression is no finite number"))
    }
}

/// An integer's bits, whether the last one is a sign, and the width of its type.
struct Integral {
    bits: Vec<Lit>,
    signed: bool,
    width: Option<usize>,
}

impl Integral {
    fn of(value: &Value) -> Option<Self> {
        let (bits, signed, width) = match value {
            Value::Bool(bit) | Value::Bit(bit) => (vec![*bit], false, None),
            Value::Int(number, IntKind { signed, width: Some(width) }) => {
                (word::constant(*number, *width as usize), *signed, Some(*width as usize))
            }
            Value::Int(number, _) => {
                let width = 129 - if *number < 0 { number.leading_ones() } else { number.leading_zeros() };
                (word::constant(*number, width as usize), true, None)
            }
            Value::Word(bits, WordKind::Bits) => (bits.to_vec(), false, None),
            Value::Word(bits, WordKind::Exact) => (bits.to_vec(), true, None),
            Value::Word(bits, kind @ (WordKind::Int | WordKind::Uint)) => {
                (bits.to_vec(), *kind == WordKind::Int, Some(bits.len()))
            }
            _ => return None,
        };
        Some(Self { bits, signed, width })
    }

    fn resized(&self, width: usize) -> Vec<Lit> {
        word::resize(&self.bits, width, self.signed)
    }
}

/// Both as bits of one width, with a sign.
fn aligned(left: &Value, right: &Value) -> Option<(Vec<Lit>, Vec<Lit>)> {
    let (left, right) = (Integral::of(left)?, Integral::of(right)?);
    let width = left.bits.len().max(right.bits.len()) + 1;
    Some((left.resized(width), right.resized(width)))
}

fn mismatch(left: &Value, right: &Value, span: Span) -> Fault {
    let message = format!("{} and {} do not go together here", left.describe(), right.describe());
    Fault::invalid(span, message)
}

fn measured(span: Span) -> Fault {
    Fault::unsupported(span, "this operation on values that depend on measurements is not supported")
}

#[expect(clippy::float_cmp, reason = "programs compare floats exactly")]
fn same(tape: &mut Tape, left: &Value, right: &Value, span: Span) -> Result<Lit, Fault> {
    if let (Value::Int(left, _), Value::Int(right, _)) = (left, right) {
        return Ok(Lit::Known(left == right));
    }
    if let Some((left, right)) = aligned(left, right) {
        return word::same(tape, &left, &right);
    }
    match (left, right) {
        (Value::Complex(..), _) | (_, Value::Complex(..)) => {
            let complex = |value: &Value| match value {
                Value::Complex(real, imaginary) => Some((*real, *imaginary)),
                _ => number(value).map(|real| (real, 0.0)),
            };
            match (complex(left), complex(right)) {
                (Some(left), Some(right)) => Ok(Lit::Known(left == right)),
                _ => Err(mismatch(left, right, span)),
            }
        }
        _ => match ordered(tape, left, right, span)? {
            Ordered::Numbers(left, right) => Ok(Lit::Known(left == right)),
            Ordered::Words(left, right) => word::same(tape, &left, &right),
        },
    }
}

fn less(tape: &mut Tape, left: &Value, right: &Value, span: Span) -> Result<Lit, Fault> {
    if let (Value::Int(left, _), Value::Int(right, _)) = (left, right) {
        return Ok(Lit::Known(left < right));
    }
    if let Some((left, right)) = aligned(left, right) {
        return word::less(tape, &left, &right, true);
    }
    match ordered(tape, left, right, span)? {
        Ordered::Numbers(left, right) => Ok(Lit::Known(left < right)),
        Ordered::Words(left, right) => word::less(tape, &left, &right, false),
    }
}

/// Two values that can be compared and are not both integers.
enum Ordered {
    Numbers(f64, f64),
    Words(Vec<Lit>, Vec<Lit>),
}

fn ordered(tape: &mut Tape, left: &Value, right: &Value, span: Span) -> Result<Ordered, Fault> {
    let width = |value: &Value| match value {
        Value::Word(bits, WordKind::Angle) => Some(bits.len() as u32),
        _ => None,
    };
    if let Some(width) = width(left).or_else(|| width(right)) {
        let kind = Kind::Angle(Some(width));
        let (left, right) =
            (convert(tape, left.clone(), &kind, span)?, convert(tape, right.clone(), &kind, span)?);
        return Ok(Ordered::Words(angle_bits(&left, span)?, angle_bits(&right, span)?));
    }
    match (left, right) {
        (Value::Duration(left), Value::Duration(right)) => Ok(Ordered::Numbers(*left, *right)),
        (Value::Affine(_), _) | (_, Value::Affine(_)) => Err(measured(span)),
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => Ok(Ordered::Numbers(left, right)),
            _ if Integral::of(left).is_some() || Integral::of(right).is_some() => Err(measured(span)),
            _ => Err(mismatch(left, right, span)),
        },
    }
}

/// A known number as a double.
fn number(value: &Value) -> Option<f64> {
    match float(value)? {
        Value::Float(number) => Some(number),
        _ => None,
    }
}

fn bitwise(
    tape: &mut Tape,
    operator: Binary,
    left: &Value,
    right: &Value,
    span: Span,
) -> Result<Value, Fault> {
    let mut apply = |a: Lit, b: Lit| match operator {
        Binary::BitAnd => tape.and(a, b),
        Binary::BitOr => tape.or(a, b),
        _ => tape.xor(a, b),
    };
    match (left, right) {
        (Value::Int(a, first), Value::Int(b, second)) => {
            let value = match operator {
                Binary::BitAnd => a & b,
                Binary::BitOr => a | b,
                _ => a ^ b,
            };
            return Ok(Value::Int(value, joined(*first, *second)));
        }
        (Value::Bit(a), Value::Bit(b)) => return Ok(Value::Bit(apply(*a, *b)?)),
        (Value::Bit(a), Value::Int(b @ (0 | 1), _)) => {
            return Ok(Value::Bit(apply(*a, Lit::Known(*b == 1))?));
        }
        (Value::Int(a @ (0 | 1), _), Value::Bit(b)) => {
            return Ok(Value::Bit(apply(Lit::Known(*a == 1), *b)?));
        }
        (Value::Bool(a) | Value::Bit(a), Value::Bool(b) | Value::Bit(b)) => {
            return Ok(Value::Bool(apply(*a, *b)?));
        }
        _ => {}
    }
    let kind_of = |value: &Value| match value {
        Value::Word(_, kind) => Some(*kind),
        Value::Angle(..) => Some(WordKind::Angle),
        Value::Int(_, IntKind { width: Some(_), signed }) => {
            Some(if *signed { WordKind::Int } else { WordKind::Uint })
        }
        _ => None,
    };
    let Some(kind) = kind_of(left).or_else(|| kind_of(right)) else {
        return Err(mismatch(left, right, span));
    };
    let bits = |value: &Value| match value {
        Value::Angle(..) | Value::Word(_, WordKind::Angle) => Some((angle_bits(value, span).ok()?, true)),
        _ => Integral::of(value).map(|it| {
            let fixed = it.width.is_some() || matches!(value, Value::Word(_, WordKind::Bits));
            (it.bits, fixed)
        }),
    };
    let (Some((a, first)), Some((b, second))) = (bits(left), bits(right)) else {
        return Err(mismatch(left, right, span));
    };
    let width = match (first, second) {
        (true, true) if a.len() != b.len() => {
            let message = format!("{} bits and {} bits do not go together", a.len(), b.len());
            return Err(Fault::invalid(span, message));
        }
        (true, _) => a.len(),
        (_, true) => b.len(),
        _ => a.len().max(b.len()),
    };
    let (a, b) = (word::resize(&a, width, !first), word::resize(&b, width, !second));
    let bits: Result<Vec<Lit>, Fault> = a.into_iter().zip(b).map(|(a, b)| apply(a, b)).collect();
    Ok(Value::settled(bits?, kind))
}

fn shift(tape: &mut Tape, operator: Binary, left: &Value, right: &Value, span: Span) -> Result<Value, Fault> {
    let Some(distance) = Integral::of(right) else { return Err(mismatch(left, right, span)) };
    let known = word::known(&distance.bits, distance.signed);
    if known.is_some_and(|distance| distance < 0) {
        return Err(Fault::invalid(span, "a shift goes by a distance of at least 0"));
    }
    let sign = if operator == Binary::ShiftLeft { 1 } else { -1 };
    if let (Value::Int(number, kind), Some(distance)) = (left, known) {
        let distance = distance.min(127) as u32;
        let value = if sign > 0 {
            number.checked_mul(1_i128.checked_shl(distance).unwrap_or(i128::MAX)).unwrap_or(i128::MAX)
        } else {
            number >> distance
        };
        return fitting(wrapped(value, *kind), *kind, span);
    }
    let (bits, kind) = match left {
        Value::Angle(..) => (angle_bits(left, span)?, WordKind::Angle),
        Value::Word(bits, kind) => (bits.to_vec(), *kind),
        Value::Int(_, IntKind { signed, .. }) => {
            let bits = Integral::of(left).map(|it| it.resized(64)).unwrap_or_default();
            (bits, if *signed { WordKind::Int } else { WordKind::Uint })
        }
        _ => return Err(mismatch(left, right, span)),
    };
    // An integer without a width grows to the left.
    let bits = match (kind, known) {
        (WordKind::Exact, Some(distance)) if sign > 0 => {
            word::resize(&bits, bits.len() + distance.min(64) as usize, true)
        }
        (WordKind::Exact, _) => word::resize(&bits, 64, true),
        _ => bits,
    };
    let arithmetic = sign < 0 && matches!(kind, WordKind::Int | WordKind::Exact);
    let fill = bits.last().copied().filter(|_| arithmetic).unwrap_or(Lit::FALSE);
    let moved = match known {
        Some(distance) => word::shift(&bits, sign * distance, fill),
        None => word::barrel(tape, &bits, &distance.bits, |bits, far| word::shift(bits, sign * far, fill))?,
    };
    let moved = if kind == WordKind::Exact { exact(&moved, true) } else { moved };
    Ok(Value::settled(moved, kind))
}

/// The type of what two integers give.
fn joined(left: IntKind, right: IntKind) -> IntKind {
    match (left.width, right.width) {
        (Some(a), Some(b)) => IntKind { signed: left.signed || right.signed, width: Some(a.max(b)) },
        _ => IntKind::LITERAL,
    }
}

/// An integer, if it fits.
fn fitting(value: i128, kind: IntKind, span: Span) -> Result<Value, Fault> {
    let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
    if kind.width.is_some() || range.contains(&value) {
        return Ok(Value::Int(value, kind));
    }
    Err(Fault::invalid(span, "the value does not fit 64 bits"))
}

fn arithmetic(
    tape: &mut Tape,
    operator: Binary,
    left: &Value,
    right: &Value,
    span: Span,
) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Int(a, first), Value::Int(b, second)) => {
            integers(tape, operator, (*a, *first), (*b, *second), span)
        }
        (Value::Float(a), Value::Float(b)) => Ok(Value::Float(doubles(operator, *a, *b))),
        (Value::Complex(..), _) | (_, Value::Complex(..)) => complex(operator, left, right, span),
        (Value::Duration(_), _) | (_, Value::Duration(_)) => durations(operator, left, right, span),
        (Value::Angle(..) | Value::Word(_, WordKind::Angle), _)
        | (_, Value::Angle(..) | Value::Word(_, WordKind::Angle)) => {
            angles(tape, operator, left, right, span)
        }
        (Value::Float(_) | Value::Affine(_), _) | (_, Value::Float(_) | Value::Affine(_)) => {
            floats(operator, left, right, span)
        }
        _ => words(tape, operator, left, right, span),
    }
}

fn doubles(operator: Binary, a: f64, b: f64) -> f64 {
    match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        Binary::Remainder => a % b,
        _ => a.powf(b),
    }
}

fn integers(
    tape: &mut Tape,
    operator: Binary,
    (a, first): (i128, IntKind),
    (b, second): (i128, IntKind),
    span: Span,
) -> Result<Value, Fault> {
    let kind = joined(first, second);
    if tape.old && (operator == Binary::Divide || operator == Binary::Power) {
        return Ok(Value::Float(doubles(operator, a as f64, b as f64)));
    }
    let result = match operator {
        Binary::Add => a.checked_add(b),
        Binary::Subtract => a.checked_sub(b),
        Binary::Multiply => a.checked_mul(b),
        Binary::Divide | Binary::Remainder if b == 0 => {
            return Err(Fault::invalid(span, "division by zero"));
        }
        Binary::Divide => {
            if a.checked_rem(b) != Some(0) {
                tape.inexact = Some(span);
            }
            a.checked_div(b)
        }
        Binary::Remainder => a.checked_rem(b),
        _ if b < 0 => return Ok(Value::Float(doubles(operator, a as f64, b as f64))),
        _ => a.checked_pow(u32::try_from(b).unwrap_or(u32::MAX)),
    };
    match result {
        Some(value) => fitting(wrapped(value, kind), kind, span),
        // What wraps is known to the last bit only as long as it fits 128 bits.
        None => Err(Fault::invalid(span, "the value does not fit 64 bits")),
    }
}

fn floats(operator: Binary, left: &Value, right: &Value, span: Span) -> Result<Value, Fault> {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return Ok(Value::Float(doubles(operator, a, b)));
    }
    let (Some(a), Some(b)) = (affine(left), affine(right)) else { return Err(mismatch(left, right, span)) };
    let sum = match operator {
        Binary::Add => a.plus(&b, 1.0),
        Binary::Subtract => a.plus(&b, -1.0),
        Binary::Multiply if a.terms.is_empty() => b.times(a.base),
        Binary::Multiply if b.terms.is_empty() => a.times(b.base),
        Binary::Divide if b.terms.is_empty() => a.times(b.base.recip()),
        _ => return Err(measured(span)),
    };
    Ok(Value::Affine(Rc::new(sum)))
}

fn complex(operator: Binary, left: &Value, right: &Value, span: Span) -> Result<Value, Fault> {
    let parts = |value: &Value| match value {
        Value::Complex(real, imaginary) => Some((*real, *imaginary)),
        _ => number(value).map(|real| (real, 0.0)),
    };
    let (Some((a, b)), Some((c, d))) = (parts(left), parts(right)) else {
        return Err(mismatch(left, right, span));
    };
    Ok(match operator {
        Binary::Add => Value::Complex(a + c, b + d),
        Binary::Subtract => Value::Complex(a - c, b - d),
        Binary::Multiply => Value::Complex(a * c - b * d, a * d + b * c),
        Binary::Divide => {
            let norm = c * c + d * d;
            Value::Complex((a * c + b * d) / norm, (b * c - a * d) / norm)
        }
        Binary::Power => {
            // exp(w log z), the principal value.
            let (log, arg) = (a.hypot(b).ln(), b.atan2(a));
            let (size, turn) = ((c * log - d * arg).exp(), d * log + c * arg);
            Value::Complex(size * turn.cos(), size * turn.sin())
        }
        _ => return Err(mismatch(left, right, span)),
    })
}

fn durations(operator: Binary, left: &Value, right: &Value, span: Span) -> Result<Value, Fault> {
    match (operator, left, right) {
        (Binary::Add | Binary::Subtract, Value::Duration(a), Value::Duration(b)) => {
            Ok(Value::Duration(doubles(operator, *a, *b)))
        }
        (Binary::Divide, Value::Duration(a), Value::Duration(b)) => Ok(Value::Float(a / b)),
        (Binary::Multiply | Binary::Divide, Value::Duration(a), other) => match number(other) {
            Some(b) => Ok(Value::Duration(doubles(operator, *a, b))),
            None => Err(mismatch(left, right, span)),
        },
        (Binary::Multiply, other, Value::Duration(b)) => match number(other) {
            Some(a) => Ok(Value::Duration(a * b)),
            None => Err(mismatch(left, right, span)),
        },
        _ => Err(mismatch(left, right, span)),
    }
}

fn angles(
    tape: &mut Tape,
    operator: Binary,
    left: &Value,
    right: &Value,
    span: Span,
) -> Result<Value, Fault> {
    let width = |value: &Value| match value {
        Value::Angle(_, width) => Some(*width),
        Value::Word(bits, WordKind::Angle) => Some(Some(bits.len() as u32)),
        _ => None,
    };
    let (first, second) = (width(left), width(right));
    let kind = Kind::Angle(first.flatten().or_else(|| second.flatten()));
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return match operator {
            Binary::Add | Binary::Subtract => {
                convert(tape, Value::Float(doubles(operator, a, b)), &kind, span)
            }
            Binary::Divide if first.is_some() && second.is_some() => Ok(Value::int((a / b).floor() as i128)),
            Binary::Multiply | Binary::Divide
                if matches!(left, Value::Int(..)) || matches!(right, Value::Int(..)) =>
            {
                convert(tape, Value::Float(doubles(operator, a, b)), &kind, span)
            }
            _ => Ok(Value::Float(doubles(operator, a, b))),
        };
    }
    let Kind::Angle(Some(width)) = kind else { return floats(operator, left, right, span) };
    let bits = |tape: &mut Tape, value: &Value| {
        let value = convert(tape, value.clone(), &Kind::Angle(Some(width)), span)?;
        angle_bits(&value, span)
    };
    match operator {
        Binary::Add | Binary::Subtract
            if !matches!(left, Value::Affine(_)) && !matches!(right, Value::Affine(_)) =>
        {
            let (a, b) = (bits(tape, left)?, bits(tape, right)?);
            let sum = if operator == Binary::Add {
                word::add(tape, &a, &b, Lit::FALSE)?
            } else {
                word::subtract(tape, &a, &b)?
            };
            Ok(Value::settled(sum, WordKind::Angle))
        }
        Binary::Multiply if Integral::of(left).is_some() || Integral::of(right).is_some() => {
            let (angle, factor) = if first.is_some() { (left, right) } else { (right, left) };
            let a = bits(tape, angle)?;
            let b = Integral::of(factor).map(|it| it.resized(width as usize)).unwrap_or_default();
            Ok(Value::settled(word::multiply(tape, &a, &b)?, WordKind::Angle))
        }
        _ => floats(operator, left, right, span),
    }
}

fn words(tape: &mut Tape, operator: Binary, left: &Value, right: &Value, span: Span) -> Result<Value, Fault> {
    let (Some(a), Some(b)) = (Integral::of(left), Integral::of(right)) else {
        return Err(mismatch(left, right, span));
    };
    // With both widths declared the result wraps; else it has room for every value.
    let declared = a.width.zip(b.width).map(|(a, b)| a.max(b));
    let width = declared.unwrap_or(match operator {
        Binary::Multiply => a.bits.len() + b.bits.len() + 2,
        _ => a.bits.len().max(b.bits.len()) + 2,
    });
    let signed = a.signed || b.signed;
    let (first, second) = (a.resized(width), b.resized(width));
    let bits = match operator {
        Binary::Add => word::add(tape, &first, &second, Lit::FALSE)?,
        Binary::Subtract => word::subtract(tape, &first, &second)?,
        Binary::Multiply => word::multiply(tape, &first, &second)?,
        Binary::Divide | Binary::Remainder => {
            let zero = |bits: &[Lit]| bits.iter().all(|&bit| bit == Lit::FALSE);
            if zero(&second) {
                return Err(Fault::invalid(span, "division by zero"));
            }
            let negative =
                |it: &Integral| it.signed && it.bits.last().is_some_and(|&sign| sign != Lit::FALSE);
            if negative(&a) || negative(&b) {
                return Err(measured(span));
            }
            let (quotient, rest) = word::divide(tape, &first, &second)?;
            if operator == Binary::Divide { quotient } else { rest }
        }
        _ => return Err(measured(span)),
    };
    Ok(match declared {
        Some(_) => Value::settled(bits, if signed { WordKind::Int } else { WordKind::Uint }),
        None => Value::settled(exact(&bits, true), WordKind::Exact),
    })
}
