//! Expressions → values.

use super::super::ast::{Ast, Binary, ExprId, ExprKind, Name};
use super::super::fault::Fault;
use super::super::scopes::Meaning;
use super::super::tape::Lit;
use super::super::value::{self, Value, WordKind, binary, convert, truth, unary};
use super::Lowering;
use super::place::Place;
use crate::text::quote;

impl<'s> Lowering<'s, '_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Value, Fault> {
        self.count(1)?;
        let expr = ast.expr(id);
        let span = expr.span;
        Ok(match expr.kind {
            ExprKind::Integer(number) => Value::int(i128::from(number)),
            ExprKind::Float(number) => Value::Float(number),
            ExprKind::Imaginary(number) => Value::Complex(0.0, number),
            ExprKind::Timing(seconds) => Value::Duration(seconds),
            ExprKind::Bool(truth) => Value::known(truth),
            ExprKind::Bits => {
                let text = &self.source[span.start as usize + 1..span.end as usize - 1];
                let bits =
                    text.bytes().rev().filter(|&byte| byte != b'_').map(|byte| Lit::Known(byte == b'1'));
                Value::word(bits.collect::<Vec<_>>(), WordKind::Bits)
            }
            ExprKind::Name(_) | ExprKind::Hardware(_) | ExprKind::Index(..) => {
                let place = self.place(ast, id)?;
                self.read(&place, span)?
            }
            ExprKind::Unary(operator, inner) => {
                let value = self.value(ast, inner)?;
                unary(&mut self.tape, operator, value, span)?
            }
            ExprKind::Binary(Binary::Power, base, exponent) => {
                let (base, exponent) = (self.value(ast, base)?, self.value(ast, exponent)?);
                binary(&mut self.tape, Binary::Power, &base, &exponent, span)?
            }
            ExprKind::Binary(..) => return self.chain(ast, id),
            ExprKind::Call(symbol, arguments) => {
                return self.function(ast, Name { symbol, span }, ast.list(arguments));
            }
            ExprKind::Cast(ty, inner) => {
                let kind = self.kind(ast, ty)?;
                let value = self.value(ast, inner)?;
                convert(&mut self.tape, value, &kind, span)?
            }
            ExprKind::Range { .. } => {
                return Err(Fault::invalid(span, "a range stands only between brackets"));
            }
            ExprKind::Set(items) => {
                let mut values = Vec::new();
                for &item in ast.list(items) {
                    values.push(self.value(ast, item)?);
                }
                Value::Array(values.into())
            }
            ExprKind::Concatenation(parts) => {
                let mut joined = Vec::new();
                for &part in ast.list(parts) {
                    match self.value(ast, part)? {
                        Value::Array(items) => joined.extend(items.iter().cloned()),
                        Value::Word(bits, WordKind::Bits) => {
                            joined.extend(bits.iter().copied().map(Value::Bit));
                        }
                        Value::Bit(bit) => joined.push(Value::Bit(bit)),
                        other => {
                            let message = format!("{} cannot be joined", other.describe());
                            return Err(Fault::invalid(ast.span(part), message));
                        }
                    }
                    self.count(joined.len() as u64)?;
                }
                let bits: Option<Vec<Lit>> = joined
                    .iter()
                    .map(|item| match item {
                        Value::Bit(bit) => Some(*bit),
                        _ => None,
                    })
                    .collect();
                match bits {
                    Some(bits) => Value::word(bits, WordKind::Bits),
                    None => Value::Array(joined.into()),
                }
            }
            ExprKind::Measure(operand) => {
                let qubits = self.qubits_of(ast, operand)?;
                self.measured(&qubits)?
            }
            ExprKind::DurationOf => {
                self.warn(span, "timing has no meaning here: `durationof` is 0");
                Value::Duration(0.0)
            }
        })
    }

    /// A chain of operators, which leans to the left however long it is.
    fn chain(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Value, Fault> {
        let mut spine = Vec::new();
        let mut at = id;
        while let ExprKind::Binary(operator, left, right) = ast.expr(at).kind
            && operator != Binary::Power
        {
            spine.push((operator, right, ast.span(at)));
            at = left;
        }
        let mut value = self.value(ast, at)?;
        for (operator, right, span) in spine.into_iter().rev() {
            // What comes behind `false &&` and `true ||` is never looked at.
            if matches!(operator, Binary::And | Binary::Or) {
                let left = truth(&mut self.tape, &value, span)?;
                if left == Lit::Known(operator == Binary::Or) {
                    value = Value::Bool(left);
                    continue;
                }
            }
            let right = self.value(ast, right)?;
            // The whole chain's beginning, and this operator's end.
            value = binary(&mut self.tape, operator, &value, &right, span)?;
            if let Some(span) = self.tape.inexact.take() {
                let message =
                    "the quotient of two integers is rounded to an integer: write `1.0/2` for a half";
                self.warn(span, message);
            }
        }
        Ok(value)
    }

    fn function(&mut self, ast: &Ast<'s>, name: Name, arguments: &[ExprId]) -> Result<Value, Fault> {
        match self.scopes.find(name.symbol) {
            Some(&Meaning::Subroutine(index)) => {
                return self.call_subroutine(ast, index, arguments, name.span);
            }
            Some(Meaning::Lost) => return Err(Fault::consequence()),
            Some(_) => {
                let message = format!("{} is no function", quote(ast.text(name.symbol)));
                return Err(Fault::invalid(name.span, message));
            }
            None => {}
        }
        let text = ast.text(name.symbol);
        let mut values = Vec::new();
        for &argument in arguments {
            let value = match (text, self.place_of_size(ast, argument)?) {
                ("sizeof", Some(value)) => value,
                _ => self.value(ast, argument)?,
            };
            values.push(value);
        }
        value::call(&mut self.tape, text, &values, name.span)
    }

    /// A register of qubits, which is a value only where its size is asked for.
    fn place_of_size(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Option<Value>, Fault> {
        if !matches!(ast.expr(id).kind, ExprKind::Name(_) | ExprKind::Index(..)) {
            return Ok(None);
        }
        Ok(match self.place(ast, id)? {
            Place::Qubits(wires) => Some(Value::Qubits(wires)),
            _ => None,
        })
    }
}
