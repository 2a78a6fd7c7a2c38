//! Constant expressions → numbers, by OpenQASM's rules.
//!
//! Two integers give an integer, so `1/2` is 0; everything else is a double. Integers that overflow
//! and results that are no finite number are errors.

use std::f64::consts;

use super::ast::{Expr, ExprKind, Operator};
use super::fault::Fault;
use super::token::Span;
use crate::text::{nearest, quote};

/// The value of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Integer(i64),
    Float(f64),
}

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

/// Evaluates expressions and remembers what looked unintended.
#[derive(Debug, Default)]
pub(super) struct Evaluator {
    /// The last division of integers that left a remainder.
    pub(super) inexact: Option<Span>,
}

impl Value {
    pub(super) fn as_double(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(double) => double,
        }
    }
}

impl Evaluator {
    /// The value of an expression. `explain` may say more about a name that is no constant.
    pub(super) fn value(
        &mut self,
        expr: &Expr<'_>,
        explain: &dyn Fn(&str, Span) -> Option<Fault>,
    ) -> Result<Value, Fault> {
        let value = match &expr.kind {
            ExprKind::Integer(integer) => return Ok(Value::Integer(*integer)),
            ExprKind::Float(double) => Value::Float(*double),
            ExprKind::Name(name) => match CONSTANTS.iter().find(|(known, _)| known == name) {
                Some(&(_, constant)) => Value::Float(constant),
                None => {
                    return Err(explain(name, expr.span).unwrap_or_else(|| unknown_constant(name, expr.span)));
                }
            },
            ExprKind::Negate(inner) => match self.value(inner, explain)? {
                Value::Integer(integer) => {
                    integer.checked_neg().map(Value::Integer).ok_or_else(|| overflow(expr.span))?
                }
                Value::Float(double) => Value::Float(-double),
            },
            ExprKind::Power(sides) => {
                let base = self.value(&sides.0, explain)?;
                power(base, self.value(&sides.1, explain)?).ok_or_else(|| overflow(expr.span))?
            }
            ExprKind::Chain(first, rest) => {
                let mut left = self.value(first, explain)?;
                for (operator, operand) in rest {
                    let right = self.value(operand, explain)?;
                    left = self.apply(*operator, left, right, expr.span.to(operand.span))?;
                }
                left
            }
            ExprKind::Call(name, arguments) => {
                let arguments: Vec<Value> = arguments
                    .iter()
                    .map(|argument| self.value(argument, explain))
                    .collect::<Result<_, _>>()?;
                call(name, &arguments, expr.span)?
            }
        };
        match value {
            Value::Float(double) if !double.is_finite() => {
                Err(Fault::invalid(expr.span, "the value of this expression is no finite number"))
            }
            value => Ok(value),
        }
    }

    fn apply(&mut self, operator: Operator, left: Value, right: Value, span: Span) -> Result<Value, Fault> {
        if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
            if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
                return Err(Fault::invalid(span, "division by zero"));
            }
            if operator == Operator::Divide && a.checked_rem(b).is_some_and(|rest| rest != 0) {
                self.inexact = Some(span);
            }
            let result = match operator {
                Operator::Add => a.checked_add(b),
                Operator::Subtract => a.checked_sub(b),
                Operator::Multiply => a.checked_mul(b),
                Operator::Divide => a.checked_div(b),
                Operator::Remainder => a.checked_rem(b),
            };
            return result.map(Value::Integer).ok_or_else(|| overflow(span));
        }
        let (a, b) = (left.as_double(), right.as_double());
        Ok(Value::Float(match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide => a / b,
            Operator::Remainder => a % b,
        }))
    }
}

/// Integers to the power of integers from 0 on stay integers; nothing where they overflow.
fn power(base: Value, exponent: Value) -> Option<Value> {
    match (base, exponent) {
        (Value::Integer(base), Value::Integer(exponent @ 0..)) => {
            let exponent = u32::try_from(exponent).unwrap_or(u32::MAX);
            base.checked_pow(exponent).map(Value::Integer)
        }
        (base, exponent) => Some(Value::Float(base.as_double().powf(exponent.as_double()))),
    }
}

fn call(name: &str, arguments: &[Value], span: Span) -> Result<Value, Fault> {
    let count = |wanted: usize| {
        let plural = if wanted == 1 { "" } else { "s" };
        Fault::invalid(span, format!("`{name}` takes {wanted} argument{plural}, not {}", arguments.len()))
    };
    match (name, arguments) {
        ("pow", &[base, exponent]) => return power(base, exponent).ok_or_else(|| overflow(span)),
        ("mod", &[Value::Integer(_), Value::Integer(0)]) => {
            return Err(Fault::invalid(span, "division by zero"));
        }
        ("mod", &[Value::Integer(a), Value::Integer(b)]) => {
            return a.checked_rem(b).map(Value::Integer).ok_or_else(|| overflow(span));
        }
        ("mod", &[a, b]) => return Ok(Value::Float(a.as_double() % b.as_double())),
        ("pow" | "mod", _) => return Err(count(2)),
        ("popcount" | "rotl" | "rotr" | "real" | "imag" | "sizeof", _) => {
            return Err(Fault::unsupported(span, format!("the function `{name}` is not supported")));
        }
        _ => {}
    }
    let Some(&(_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
        let names = FUNCTIONS.iter().map(|&(known, _)| known).chain(["pow", "mod"]);
        let guess = match name {
            "asin" | "acos" | "atan" => Some(format!("did you mean `arc{}`?", &name[1..])),
            _ => nearest(name, names).map(|near| format!("did you mean `{near}`?")),
        };
        return Err(Fault::invalid(span, format!("unknown function {}", quote(name))).suggest(guess));
    };
    match *arguments {
        [argument] => Ok(Value::Float(function(argument.as_double()))),
        _ => Err(count(1)),
    }
}

fn unknown_constant(name: &str, span: Span) -> Fault {
    let guess = nearest(name, CONSTANTS.iter().map(|&(known, _)| known));
    Fault::invalid(span, format!("unknown constant {}", quote(name)))
        .suggest(guess.map(|near| format!("did you mean `{near}`?")))
}

fn overflow(span: Span) -> Fault {
    Fault::invalid(span, "the value does not fit 64 bits")
}
