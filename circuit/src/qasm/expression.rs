//! Expressions: precedence as in OpenQASM, depth bounded by nesting.
//!
//! `**` binds tighter than the signs and to the right; then `* / %`, then `+ -`.

use super::ast::{Expr, ExprKind, Operator};
use super::fault::Fault;
use super::parser::Parser;
use super::refused;
use super::token::{Kind, Token};

/// The most terms of the expressions of one statement.
const TERMS: usize = 10_000;

impl<'s> Parser<'s> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Result<Expr<'s>, Fault> {
        let sum = self.chain(sum_operator, |parser| parser.chain(product_operator, Self::signed))?;
        let next = self.cursor.peek()?;
        match next.kind {
            Kind::Logical => Err(Fault::unsupported(
                next.span,
                "operators of integers, bits and truth values are not supported",
            )),
            Kind::DoublePlus => Err(Fault::unsupported(next.span, "concatenation is not supported")),
            _ => Ok(sum),
        }
    }

    /// Operands joined by the operators of one level.
    fn chain(
        &mut self,
        operator: fn(Kind) -> Option<Operator>,
        operand: impl Fn(&mut Self) -> Result<Expr<'s>, Fault>,
    ) -> Result<Expr<'s>, Fault> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some(operator) = operator(self.cursor.kind()?) {
            self.cursor.advance();
            rest.push((operator, operand(self)?));
        }
        match rest.last() {
            None => Ok(first),
            Some((_, last)) => {
                let span = first.span.to(last.span);
                Ok(Expr { kind: ExprKind::Chain(Box::new(first), rest), span })
            }
        }
    }

    /// A power with signs before it: `-2 ** 2` is `-(2 ** 2)`.
    fn signed(&mut self) -> Result<Expr<'s>, Fault> {
        let token = self.cursor.peek()?;
        self.descend(token)?;
        let expr = match token.kind {
            Kind::Minus | Kind::Plus => {
                self.cursor.advance();
                let inner = self.signed()?;
                let span = token.span.to(inner.span);
                match token.kind {
                    Kind::Minus => Expr { kind: ExprKind::Negate(Box::new(inner)), span },
                    _ => Expr { span, ..inner },
                }
            }
            _ => {
                let base = self.primary(token)?;
                if self.cursor.eat(Kind::DoubleStar)? {
                    // The right side may have a sign and further powers of its own.
                    let exponent = self.signed()?;
                    let span = base.span.to(exponent.span);
                    Expr { kind: ExprKind::Power(Box::new((base, exponent))), span }
                } else {
                    base
                }
            }
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn descend(&mut self, token: Token) -> Result<(), Fault> {
        if self.depth >= self.nesting {
            let message = format!("the expression is nested deeper than {} levels", self.nesting);
            return Err(Fault::invalid(token.span, message));
        }
        self.depth += 1;
        Ok(())
    }

    fn primary(&mut self, token: Token) -> Result<Expr<'s>, Fault> {
        self.terms += 1;
        if self.terms > TERMS {
            let message = format!("the statement's expressions have more than {TERMS} terms");
            return Err(Fault::too_large(token.span, message));
        }
        let text = self.cursor.slice(token.span);
        let kind = match token.kind {
            Kind::Integer => {
                ExprKind::Integer(integer(text).map_err(|what| Fault::invalid(token.span, what))?)
            }
            Kind::Float => ExprKind::Float(float(text).map_err(|what| Fault::invalid(token.span, what))?),
            Kind::LeftParen => {
                self.cursor.advance();
                let inner = self.expression()?;
                let close = self.cursor.expect(Kind::RightParen, "`)`")?;
                return Ok(Expr { span: token.span.to(close.span), ..inner });
            }
            Kind::Identifier => return self.name_or_call(token),
            Kind::Imaginary => {
                return Err(Fault::unsupported(token.span, "complex numbers are not supported"));
            }
            Kind::Timing => return Err(Fault::unsupported(token.span, "durations are not supported")),
            Kind::Quoted => return Err(Fault::unsupported(token.span, "bit strings are not supported")),
            Kind::HardwareQubit => {
                return Err(Fault::invalid(token.span, "a qubit is no number"));
            }
            Kind::Logical if text == "~" || text == "!" => {
                let message = "operators of integers, bits and truth values are not supported";
                return Err(Fault::unsupported(token.span, message));
            }
            _ => return Err(self.cursor.unexpected(token, "an expression")),
        };
        self.cursor.advance();
        Ok(Expr { kind, span: token.span })
    }

    fn name_or_call(&mut self, token: Token) -> Result<Expr<'s>, Fault> {
        let name = self.cursor.slice(token.span);
        if refused::is_classical_type(name) || name == "bit" {
            return Err(Fault::unsupported(token.span, "casts are not supported"));
        }
        if matches!(name, "true" | "false") {
            return Err(Fault::unsupported(token.span, "truth values are not supported"));
        }
        // `pow` is a modifier and a function.
        if refused::is_reserved(name) && name != "pow" {
            return Err(self.cursor.unexpected(token, "an expression"));
        }
        self.cursor.advance();
        match self.cursor.kind()? {
            Kind::LeftParen => {
                let arguments = self.arguments()?;
                let span = token.span.to(self.cursor.behind());
                Ok(Expr { kind: ExprKind::Call(name, arguments), span })
            }
            Kind::LeftBracket => {
                let next = self.cursor.peek()?;
                Err(Fault::unsupported(
                    next.span,
                    "elements of classical registers are not supported in expressions",
                ))
            }
            _ => Ok(Expr { kind: ExprKind::Name(name), span: token.span }),
        }
    }

    /// Expressions in parentheses, with commas between, and perhaps one behind the last.
    pub(super) fn arguments(&mut self) -> Result<Vec<Expr<'s>>, Fault> {
        self.cursor.expect(Kind::LeftParen, "`(`")?;
        let mut arguments = Vec::new();
        while self.cursor.kind()? != Kind::RightParen {
            arguments.push(self.expression()?);
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        self.cursor.expect(Kind::RightParen, "`,` or `)`")?;
        Ok(arguments)
    }
}

fn sum_operator(kind: Kind) -> Option<Operator> {
    match kind {
        Kind::Plus => Some(Operator::Add),
        Kind::Minus => Some(Operator::Subtract),
        _ => None,
    }
}

fn product_operator(kind: Kind) -> Option<Operator> {
    match kind {
        Kind::Star => Some(Operator::Multiply),
        Kind::Slash => Some(Operator::Divide),
        Kind::Percent => Some(Operator::Remainder),
        _ => None,
    }
}

/// A number's digits without the underscores, which stand between digits only.
fn digits(text: &str) -> Result<String, &'static str> {
    let broken = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if broken { Err("an underscore stands between two digits") } else { Ok(text.replace('_', "")) }
}

fn integer(text: &str) -> Result<i64, &'static str> {
    let (radix, text) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    let digits = digits(text)?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("the integer has a digit that its base does not have, or none at all");
    }
    i64::from_str_radix(&digits, radix).map_err(|_| "the integer does not fit 64 bits")
}

fn float(text: &str) -> Result<f64, &'static str> {
    let value: f64 = digits(text)?.parse().map_err(|_| "this is no number")?;
    if value.is_finite() { Ok(value) } else { Err("the number is beyond the range of a double") }
}
