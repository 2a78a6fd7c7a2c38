//! Casts, and the conversions that assignments and conditions make.

use std::f64::consts::TAU;
use std::rc::Rc;

use super::super::fault::Fault;
use super::super::tape::{Lit, Tape};
use super::super::token::Span;
use super::{Affine, IntKind, Kind, Value, WordKind, word};

/// The value as one of another type.
pub(in super::super) fn convert(
    tape: &mut Tape,
    value: Value,
    kind: &Kind,
    span: Span,
) -> Result<Value, Fault> {
    let wrong = |value: &Value| {
        let message = format!("{} cannot become {}", value.describe(), kind.describe());
        Fault::invalid(span, message)
    };
    Ok(match (kind, value) {
        (Kind::Bool, value) => Value::Bool(truth(tape, &value, span)?),
        (Kind::Bit, Value::Bool(bit) | Value::Bit(bit)) => Value::Bit(bit),
        (Kind::Bit, Value::Int(number @ (0 | 1), _)) => Value::Bit(Lit::Known(number == 1)),
        (Kind::Bit, Value::Word(bits, _)) if bits.len() == 1 => Value::Bit(bits[0]),
        (Kind::Bits(size), value) => Value::word(register(tape, value, *size, span)?, WordKind::Bits),
        (Kind::Int(int), value) => integer(tape, value, *int, span)?,
        (Kind::Float, value) => float(&value).ok_or_else(|| wrong(&value))?,
        (Kind::Angle(width), value) => angle(value, *width, span)?,
        (Kind::Complex, value @ Value::Complex(..)) | (Kind::Duration, value @ Value::Duration(_)) => value,
        (Kind::Complex, value) => match float(&value) {
            Some(Value::Float(real)) => Value::Complex(real, 0.0),
            _ => return Err(wrong(&value)),
        },
        (Kind::Array(element, sizes), value) => array(tape, value, element, sizes, span)?,
        (_, value) => return Err(wrong(&value)),
    })
}

/// A value as a condition.
pub(in super::super) fn truth(tape: &mut Tape, value: &Value, span: Span) -> Result<Lit, Fault> {
    Ok(match value {
        Value::Bool(bit) | Value::Bit(bit) => *bit,
        Value::Int(number, _) => Lit::Known(*number != 0),
        Value::Float(number) | Value::Angle(number, _) => Lit::Known(*number != 0.0),
        Value::Word(bits, _) => {
            let mut any = Lit::FALSE;
            for &bit in bits.iter() {
                any = tape.or(any, bit)?;
            }
            any
        }
        _ => return Err(Fault::invalid(span, format!("{} is no condition", value.describe()))),
    })
}

/// A known integer, such as an index or a size.
pub(in super::super) fn index(value: &Value, span: Span) -> Result<i128, Fault> {
    match value {
        Value::Int(number, _) => Ok(*number),
        Value::Bool(Lit::Known(bit)) | Value::Bit(Lit::Known(bit)) => Ok(i128::from(*bit)),
        Value::Word(bits, kind) if *kind != WordKind::Angle => word::known(bits, *kind != WordKind::Bits)
            .ok_or_else(|| {
                Fault::unsupported(span, "this integer depends on a measurement, and has to be known")
            }),
        Value::Bool(_) | Value::Bit(_) => {
            Err(Fault::unsupported(span, "this integer depends on a measurement, and has to be known"))
        }
        Value::Float(_) => Err(Fault::invalid(span, "expected an integer, and this is a fraction")),
        _ => Err(Fault::invalid(span, format!("expected an integer, and this is {}", value.describe()))),
    }
}

/// The bits of a register of this size.
fn register(tape: &mut Tape, value: Value, size: u32, span: Span) -> Result<Vec<Lit>, Fault> {
    let bits = match value {
        Value::Bool(bit) | Value::Bit(bit) => vec![bit],
        Value::Word(bits, WordKind::Exact) => return Ok(word::resize(&bits, size as usize, true)),
        Value::Word(bits, _) => bits.to_vec(),
        Value::Int(number, IntKind { width: None, .. }) => {
            if size < 127 && (number >> size) != 0 && (number >> size.saturating_sub(1)) != -1 {
                return Err(Fault::invalid(span, format!("{number} does not fit {size} bits")));
            }
            word::constant(number, size as usize)
        }
        Value::Int(number, IntKind { width: Some(width), .. }) => word::constant(number, width as usize),
        Value::Angle(_, Some(_)) => angle_bits(&value, span)?,
        _ => return Err(Fault::invalid(span, format!("{} cannot become bits", value.describe()))),
    };
    let _ = tape;
    if bits.len() == size as usize {
        return Ok(bits);
    }
    Err(Fault::invalid(span, format!("{} bits cannot become {size} bits", bits.len())))
}

/// The bits of an angle whose width is known.
pub(super) fn angle_bits(value: &Value, span: Span) -> Result<Vec<Lit>, Fault> {
    match value {
        Value::Angle(angle, Some(width)) => {
            let steps = super::power_of_two((*width).min(120) as usize);
            let number = (angle / TAU * steps).round() % steps;
            Ok(word::constant(number as i128, *width as usize))
        }
        Value::Word(bits, WordKind::Angle) => Ok(bits.to_vec()),
        _ => Err(Fault::invalid(span, "the bits of an angle can be used only if its width is declared")),
    }
}

fn integer(tape: &mut Tape, value: Value, kind: IntKind, span: Span) -> Result<Value, Fault> {
    let number = match value {
        Value::Int(number, _) => number,
        Value::Float(number) => {
            // As C casts: towards zero.
            let whole = number.trunc();
            if whole.abs() >= 1.8e19 {
                return Err(Fault::invalid(span, "the value does not fit 64 bits"));
            }
            whole as i128
        }
        Value::Bool(Lit::Known(bit)) | Value::Bit(Lit::Known(bit)) => i128::from(bit),
        Value::Bool(bit) | Value::Bit(bit) => return Ok(sized(tape, &[bit], false, kind)),
        Value::Word(bits, from) if from != WordKind::Angle => {
            let signed = matches!(from, WordKind::Int | WordKind::Exact);
            // Bits are reinterpreted where the widths agree.
            return Ok(sized(tape, &bits, signed, kind));
        }
        _ => {
            let message = format!("{} cannot become an integer", value.describe());
            return Err(Fault::invalid(span, message));
        }
    };
    Ok(Value::Int(wrapped(number, kind), kind))
}

fn sized(_tape: &mut Tape, bits: &[Lit], signed: bool, kind: IntKind) -> Value {
    match kind.width {
        Some(width) => {
            let bits = word::resize(bits, width as usize, signed);
            Value::settled(bits, if kind.signed { WordKind::Int } else { WordKind::Uint })
        }
        None => Value::settled(exact(bits, signed), WordKind::Exact),
    }
}

/// The shortest bits with a sign that mean the same.
pub(super) fn exact(bits: &[Lit], signed: bool) -> Vec<Lit> {
    let mut bits = bits.to_vec();
    if !signed {
        bits.push(Lit::FALSE);
    }
    while bits.len() > 1 && bits[bits.len() - 1] == bits[bits.len() - 2] {
        bits.pop();
    }
    bits
}

/// An integer as its type holds it.
pub(super) fn wrapped(number: i128, kind: IntKind) -> i128 {
    let Some(width) = kind.width.filter(|&width| width < 127) else { return number };
    let low = number & ((1_i128 << width) - 1);
    if kind.signed && width > 0 && low >> (width - 1) & 1 == 1 { low - (1_i128 << width) } else { low }
}

/// A value as a float, if it is a number.
pub(super) fn float(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Int(number, _) => Value::Float(*number as f64),
        Value::Float(_) | Value::Affine(_) => value.clone(),
        Value::Angle(angle, _) => Value::Float(*angle),
        Value::Bool(Lit::Known(bit)) | Value::Bit(Lit::Known(bit)) => Value::Float(f64::from(u8::from(*bit))),
        Value::Bool(_) | Value::Bit(_) | Value::Word(..) => Value::Affine(Rc::new(affine(value)?)),
        _ => return None,
    })
}

/// A value as a float that measurements decide.
pub(super) fn affine(value: &Value) -> Option<Affine> {
    Some(match value {
        Value::Affine(affine) => (**affine).clone(),
        Value::Bool(bit) | Value::Bit(bit) => Affine::word(&[*bit], false, 1.0),
        Value::Word(bits, WordKind::Angle) => {
            Affine::word(bits, false, TAU / super::power_of_two(bits.len()))
        }
        Value::Word(bits, kind) => Affine::word(bits, matches!(kind, WordKind::Int | WordKind::Exact), 1.0),
        _ => match float(value)? {
            Value::Float(number) => Affine::known(number),
            _ => return None,
        },
    })
}

fn angle(value: Value, width: Option<u32>, span: Span) -> Result<Value, Fault> {
    let known = |angle: f64| {
        let angle = angle.rem_euclid(TAU);
        Value::Angle(
            match width {
                // Beyond that a double has no more digits to cut.
                Some(width) if width < 50 => {
                    let steps = super::power_of_two(width as usize);
                    (angle / TAU * steps).round_ties_even() % steps * TAU / steps
                }
                _ => angle % TAU,
            },
            width,
        )
    };
    match value {
        Value::Float(angle) | Value::Angle(angle, _) => Ok(known(angle)),
        Value::Int(number, _) => Ok(known(number as f64)),
        Value::Word(bits, WordKind::Bits | WordKind::Angle) if width == Some(bits.len() as u32) => {
            Ok(Value::settled(bits.to_vec(), WordKind::Angle))
        }
        // Of an angle with more bits the first count, and one with fewer gets zeros behind.
        Value::Word(bits, WordKind::Angle) => {
            let Some(width) = width else { return Ok(Value::Word(bits, WordKind::Angle)) };
            let (from, to) = (bits.len(), width as usize);
            let mut padded = vec![Lit::FALSE; to.saturating_sub(from)];
            padded.extend_from_slice(&bits[from.saturating_sub(to)..]);
            Ok(Value::settled(padded, WordKind::Angle))
        }
        value @ Value::Affine(_) if width.is_none() => Ok(value),
        value => {
            let message = format!("{} cannot become an angle", value.describe());
            Err(Fault::invalid(span, message))
        }
    }
}

fn array(
    tape: &mut Tape,
    value: Value,
    element: &Rc<Kind>,
    sizes: &Rc<[usize]>,
    span: Span,
) -> Result<Value, Fault> {
    let Some((&size, inner)) = sizes.split_first() else { return convert(tape, value, element, span) };
    let Value::Array(items) = value else {
        let message = format!("{} cannot become an array", value.describe());
        return Err(Fault::invalid(span, message));
    };
    if items.len() != size {
        let message = format!("the array has {size} elements, and {} are given", items.len());
        return Err(Fault::invalid(span, message));
    }
    let inner: Rc<[usize]> = inner.into();
    let items: Result<Vec<Value>, Fault> =
        items.iter().map(|item| array(tape, item.clone(), element, &inner, span)).collect();
    Ok(Value::Array(Rc::new(items?)))
}
