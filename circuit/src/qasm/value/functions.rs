//! Built-in functions and constants.

use std::f64::consts;

use super::super::ast::Binary;
use super::super::fault::Fault;
use super::super::tape::{Lit, Tape};
use super::super::token::Span;
use super::convert::{float, index};
use super::{Value, WordKind, binary, word};
use crate::text::{nearest, quote};

/// Names that stand for numbers.
const CONSTANTS: [(&str, f64); 6] = [
    ("pi", consts::PI),
    ("π", consts::PI),
    ("tau", consts::TAU),
    ("τ", consts::TAU),
    ("euler", consts::E),
    ("ℇ", consts::E),
];

type Function = fn(f64) -> f64;

/// Functions of one double.
const FUNCTIONS: [(&str, Function); 12] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("arcsin", f64::asin),
    ("arccos", f64::acos),
    ("arctan", f64::atan),
    ("exp", f64::exp),
    ("log", f64::ln),
    ("ln", f64::ln),
    ("sqrt", f64::sqrt),
    ("floor", f64::floor),
    ("ceiling", f64::ceil),
];

/// The functions that OpenQASM 2 has.
const OLD: [&str; 6] = ["sin", "cos", "tan", "exp", "ln", "sqrt"];

/// The names of all constants.
pub(in super::super) const NAMES: [&str; 6] = ["pi", "π", "tau", "τ", "euler", "ℇ"];

/// The constant of a name.
pub(in super::super) fn constant(name: &str, old: bool) -> Option<f64> {
    if old && name != "pi" {
        return None;
    }
    CONSTANTS.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

/// Calls a built-in function.
pub(in super::super) fn call(
    tape: &mut Tape,
    name: &str,
    arguments: &[Value],
    span: Span,
) -> Result<Value, Fault> {
    let count = |wanted: usize| {
        let plural = if wanted == 1 { "" } else { "s" };
        Err(Fault::invalid(
            span,
            format!("`{name}` takes {wanted} argument{plural}, not {}", arguments.len()),
        ))
    };
    let name_is_known = !tape.old || OLD.contains(&name);
    match (name, arguments) {
        _ if !name_is_known => {}
        ("pow", [base, exponent]) => return binary(tape, Binary::Power, base, exponent, span),
        ("mod", [a, b]) => return binary(tape, Binary::Remainder, a, b, span),
        ("popcount", [value]) => return popcount(tape, value, span),
        ("popcount" | "real" | "imag", args) if args.len() != 1 => return count(1),
        ("rotl" | "rotr", [value, distance]) => return rotate(tape, name, value, distance, span),
        ("pow" | "mod" | "rotl" | "rotr", _) => return count(2),
        ("real", [Value::Complex(real, _)]) => return Ok(Value::Float(*real)),
        ("imag", [Value::Complex(_, imaginary)]) => return Ok(Value::Float(*imaginary)),
        ("exp" | "sqrt", [Value::Complex(real, imaginary)]) => return Ok(complex(name, *real, *imaginary)),
        ("sizeof", [value]) => return sizeof(value, 0, span),
        ("sizeof", [value, dimension]) => return sizeof(value, index(dimension, span)?, span),
        _ => {}
    }
    let function = FUNCTIONS.iter().find(|(known, _)| *known == name && name_is_known);
    let Some(&(_, function)) = function else {
        let names = FUNCTIONS
            .iter()
            .map(|&(known, _)| known)
            .chain(["pow", "mod", "popcount", "rotl", "rotr", "sizeof"]);
        let guess = match name {
            "asin" | "acos" | "atan" => Some(format!("did you mean `arc{}`?", &name[1..])),
            _ => nearest(name, names).map(|near| format!("did you mean `{near}`?")),
        };
        return Err(Fault::invalid(span, format!("unknown function {}", quote(name))).suggest(guess));
    };
    let [argument] = arguments else { return count(1) };
    let value = match float(argument) {
        Some(Value::Float(number)) => function(number),
        Some(_) => {
            let message = format!("`{name}` of a value that depends on a measurement is not supported");
            return Err(Fault::unsupported(span, message));
        }
        None => return Err(Fault::invalid(span, format!("`{name}` is not for {}", argument.describe()))),
    };
    if value.is_finite() {
        return Ok(Value::Float(value));
    }
    Err(Fault::invalid(span, "the value of this expression is no finite number"))
}

fn complex(name: &str, real: f64, imaginary: f64) -> Value {
    if name == "exp" {
        let size = real.exp();
        return Value::Complex(size * imaginary.cos(), size * imaginary.sin());
    }
    let (size, half) = (real.hypot(imaginary).sqrt(), imaginary.atan2(real) / 2.0);
    Value::Complex(size * half.cos(), size * half.sin())
}

fn popcount(tape: &mut Tape, value: &Value, span: Span) -> Result<Value, Fault> {
    match value {
        Value::Int(number @ 0.., _) => Ok(Value::int(i128::from(number.count_ones()))),
        Value::Bit(bit) | Value::Bool(bit) => Ok(Value::settled(vec![*bit, Lit::FALSE], WordKind::Exact)),
        Value::Word(bits, WordKind::Bits | WordKind::Uint) => {
            Ok(Value::settled(word::popcount(tape, bits)?, WordKind::Uint))
        }
        _ => Err(Fault::invalid(span, format!("`popcount` is not for {}", value.describe()))),
    }
}

fn rotate(tape: &mut Tape, name: &str, value: &Value, distance: &Value, span: Span) -> Result<Value, Fault> {
    let (bits, kind) = match value {
        Value::Word(bits, kind @ (WordKind::Bits | WordKind::Uint)) => (bits.to_vec(), *kind),
        Value::Int(number, super::IntKind { signed: false, width: Some(width) }) => {
            (word::constant(*number, *width as usize), WordKind::Uint)
        }
        _ => {
            let message = format!("`{name}` is for bits of a declared width, not for {}", value.describe());
            return Err(Fault::invalid(span, message));
        }
    };
    let sign = if name == "rotl" { 1 } else { -1 };
    let moved = match distance {
        Value::Word(far, WordKind::Bits | WordKind::Uint) => {
            word::barrel(tape, &bits, far, |bits, far| word::rotate(bits, sign * far))?
        }
        _ => word::rotate(&bits, sign * index(distance, span)?),
    };
    Ok(Value::settled(moved, kind))
}

fn sizeof(value: &Value, dimension: i128, span: Span) -> Result<Value, Fault> {
    let size = match value {
        Value::Array(items) if dimension == 0 => items.len(),
        Value::Array(items) if dimension > 0 => match items.first() {
            Some(inner) => return sizeof(inner, dimension - 1, span),
            None => 0,
        },
        Value::Word(bits, _) if dimension == 0 => bits.len(),
        Value::Qubits(wires) if dimension == 0 => wires.count() as usize,
        _ => return Err(Fault::invalid(span, format!("{} has no such dimension", value.describe()))),
    };
    Ok(Value::int(size as i128))
}
