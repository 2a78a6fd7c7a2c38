//! Expressions: precedence as in OpenQASM, depth bounded by nesting.
//!
//! Operators of one level make a chain that leans to the left, however long it is; only signs,
//! brackets and powers go deeper.

use super::super::ast::{Binary, ExprId, ExprKind, List, TypeId, Unary};
use super::super::fault::Fault;
use super::super::names::Keyword;
use super::super::token::{Kind, Token};
use super::Parser;

/// The most terms of the expressions of one statement.
const TERMS: usize = 10_000;

/// The level of the operators that bind loosest, and tightest.
const LOOSEST: u8 = 1;
const PRODUCT: u8 = 10;

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Result<ExprId, Fault> {
        let first = self.signed()?;
        self.climb(first, LOOSEST)
    }

    /// The rest of an expression whose first operand was read.
    pub(super) fn expression_after(&mut self, first: ExprId) -> Result<ExprId, Fault> {
        let first = self.indexed(first)?;
        let first = self.power(first)?;
        self.climb(first, LOOSEST)
    }

    /// What may stand behind `=`: an expression, a measurement, a list, or registers joined.
    pub(super) fn value(&mut self) -> Result<ExprId, Fault> {
        let first = match self.cursor.kind()? {
            Kind::LeftBrace => self.set()?,
            _ => self.expression()?,
        };
        if self.cursor.kind()? != Kind::DoublePlus {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.cursor.eat(Kind::DoublePlus)? {
            parts.push(self.expression()?);
        }
        let span = self.ast.span(first).to(self.cursor.behind());
        let parts = self.ast.add_list(parts);
        Ok(self.ast.add_expr(ExprKind::Concatenation(parts), span))
    }

    /// Operators of a level and all that bind tighter.
    fn climb(&mut self, mut left: ExprId, level: u8) -> Result<ExprId, Fault> {
        while let Some((operator, found)) = self.operator()?
            && found >= level
        {
            self.cursor.advance();
            let mut right = self.signed()?;
            while let Some((_, next)) = self.operator()?
                && next > found
            {
                right = self.climb(right, next)?;
            }
            let span = self.ast.span(left).to(self.ast.span(right));
            left = self.ast.add_expr(ExprKind::Binary(operator, left, right), span);
        }
        Ok(left)
    }

    fn operator(&mut self) -> Result<Option<(Binary, u8)>, Fault> {
        let (operator, level) = match self.cursor.kind()? {
            Kind::DoublePipe => (Binary::Or, 1),
            Kind::DoubleAmpersand => (Binary::And, 2),
            Kind::Pipe => (Binary::BitOr, 3),
            Kind::Caret => (Binary::BitXor, 4),
            Kind::Ampersand => (Binary::BitAnd, 5),
            Kind::Same => (Binary::Same, 6),
            Kind::Different => (Binary::Different, 6),
            Kind::Less => (Binary::Less, 7),
            Kind::LessOrSame => (Binary::LessOrSame, 7),
            Kind::Greater => (Binary::Greater, 7),
            Kind::GreaterOrSame => (Binary::GreaterOrSame, 7),
            Kind::ShiftLeft => (Binary::ShiftLeft, 8),
            Kind::ShiftRight => (Binary::ShiftRight, 8),
            Kind::Plus => (Binary::Add, 9),
            Kind::Minus => (Binary::Subtract, 9),
            Kind::Star => (Binary::Multiply, 10),
            Kind::Slash => (Binary::Divide, 10),
            Kind::Percent => (Binary::Remainder, 10),
            _ => return Ok(None),
        };
        // OpenQASM 2 has the four of arithmetic, and the caret is its power.
        let known = !self.old || level >= PRODUCT - 1 && operator != Binary::Remainder;
        Ok(known.then_some((operator, level)))
    }

    /// A power with signs before it: `-2 ** 2` is `-(2 ** 2)`.
    fn signed(&mut self) -> Result<ExprId, Fault> {
        let token = self.cursor.peek()?;
        let sign = match token.kind {
            Kind::Minus => Some(Unary::Negate),
            Kind::Bang if !self.old => Some(Unary::Not),
            Kind::Tilde if !self.old => Some(Unary::Complement),
            Kind::Plus => None,
            _ => {
                self.descend(token)?;
                let first = self.primary(token)?;
                let first = self.indexed(first)?;
                let power = self.power(first)?;
                self.depth -= 1;
                return Ok(power);
            }
        };
        self.descend(token)?;
        self.cursor.advance();
        let inner = self.signed()?;
        self.depth -= 1;
        let span = token.span.to(self.ast.span(inner));
        Ok(match sign {
            Some(sign) => self.ast.add_expr(ExprKind::Unary(sign, inner), span),
            None => inner,
        })
    }

    /// The right side of a power may have a sign and further powers of its own.
    fn power(&mut self, base: ExprId) -> Result<ExprId, Fault> {
        if !self.cursor.eat(if self.old { Kind::Caret } else { Kind::DoubleStar })? {
            return Ok(base);
        }
        let exponent = self.signed()?;
        let span = self.ast.span(base).to(self.ast.span(exponent));
        Ok(self.ast.add_expr(ExprKind::Binary(Binary::Power, base, exponent), span))
    }

    fn primary(&mut self, token: Token) -> Result<ExprId, Fault> {
        self.terms += 1;
        if self.terms > TERMS {
            let message = format!("the statement's expressions have more than {TERMS} terms");
            return Err(Fault::too_large(token.span, message));
        }
        let text = self.cursor.slice(token.span);
        let wrong = |what: &str| Fault::invalid(token.span, what);
        let kind = match token.kind {
            Kind::Integer => ExprKind::Integer(integer(text).map_err(wrong)?),
            Kind::Float => ExprKind::Float(float(text).map_err(wrong)?),
            Kind::LeftParen => return self.parenthesised(),
            Kind::Identifier => return self.name_or_call(token),
            Kind::HardwareQubit if !self.old => return self.hardware(token),
            Kind::Imaginary if !self.old => ExprKind::Imaginary(suffixed(text).map_err(wrong)?.0),
            Kind::Timing if !self.old => {
                let (number, unit) = suffixed(text).map_err(wrong)?;
                ExprKind::Timing(number * unit)
            }
            Kind::Quoted if !self.old => {
                let digits = &text[1..text.len() - 1];
                let fine = digits.bytes().all(|byte| matches!(byte, b'0' | b'1' | b'_'));
                if !fine || !text.starts_with('"') || self::digits(digits).map_err(wrong)?.is_empty() {
                    return Err(wrong("a bit string has the digits 0 and 1 in double quotes"));
                }
                ExprKind::Bits
            }
            _ => return Err(self.cursor.unexpected(token, "an expression")),
        };
        self.cursor.advance();
        Ok(self.ast.add_expr(kind, token.span))
    }

    pub(super) fn hardware(&mut self, token: Token) -> Result<ExprId, Fault> {
        let number = self.cursor.slice(token.span)[1..].parse();
        let number =
            number.map_err(|_| Fault::too_large(token.span, "the physical qubit's number is too large"))?;
        self.cursor.advance();
        Ok(self.ast.add_expr(ExprKind::Hardware(number), token.span))
    }

    fn name_or_call(&mut self, token: Token) -> Result<ExprId, Fault> {
        match self.keyword(token) {
            Some(keyword) if keyword.is_classical_type() => {
                let ty = self.classical_type()?;
                return self.cast(token, ty);
            }
            Some(truth @ (Keyword::True | Keyword::False)) => {
                self.cursor.advance();
                return Ok(self.ast.add_expr(ExprKind::Bool(truth == Keyword::True), token.span));
            }
            Some(Keyword::Measure) => {
                self.cursor.advance();
                self.writes = true;
                let operand = self.operand()?;
                let span = token.span.to(self.ast.span(operand));
                return Ok(self.ast.add_expr(ExprKind::Measure(operand), span));
            }
            Some(Keyword::DurationOf) => {
                self.cursor.advance();
                self.cursor.expect(Kind::LeftParen, "`(`")?;
                self.block()?;
                self.cursor.expect(Kind::RightParen, "`)`")?;
                return Ok(self.ast.add_expr(ExprKind::DurationOf, token.span));
            }
            // `pow` is a modifier and a function.
            Some(Keyword::Pow) | None => {}
            Some(_) => return Err(self.cursor.unexpected(token, "an expression")),
        }
        let symbol = self.symbol(token);
        self.cursor.advance();
        if self.cursor.kind()? == Kind::LeftParen {
            self.writes = true;
            let arguments = self.arguments()?;
            let span = token.span.to(self.cursor.behind());
            return Ok(self.ast.add_expr(ExprKind::Call(symbol, arguments), span));
        }
        Ok(self.ast.add_expr(ExprKind::Name(symbol), token.span))
    }

    /// `(…)` behind a type.
    pub(super) fn cast(&mut self, token: Token, ty: TypeId) -> Result<ExprId, Fault> {
        let value = self.parenthesised()?;
        let span = token.span.to(self.cursor.behind());
        Ok(self.ast.add_expr(ExprKind::Cast(ty, value), span))
    }

    /// An expression in parentheses.
    pub(super) fn parenthesised(&mut self) -> Result<ExprId, Fault> {
        self.cursor.expect(Kind::LeftParen, "`(`")?;
        let inner = self.expression()?;
        self.cursor.expect(Kind::RightParen, "`)`")?;
        Ok(inner)
    }

    /// Expressions in parentheses.
    pub(super) fn arguments(&mut self) -> Result<List, Fault> {
        self.cursor.expect(Kind::LeftParen, "`(`")?;
        self.list(Kind::RightParen, "`,` or `)`", Self::expression)
    }

    /// A set or list in braces, perhaps of lists.
    pub(super) fn set(&mut self) -> Result<ExprId, Fault> {
        let open = self.cursor.expect(Kind::LeftBrace, "`{`")?;
        self.descend(open)?;
        let items = self.list(Kind::RightBrace, "`,` or `}`", |parser| match parser.cursor.kind()? {
            Kind::LeftBrace => parser.set(),
            _ => parser.expression(),
        })?;
        self.depth -= 1;
        let span = open.span.to(self.cursor.behind());
        Ok(self.ast.add_expr(ExprKind::Set(items), span))
    }

    /// Brackets behind a value, as many as there are.
    pub(super) fn indexed(&mut self, mut base: ExprId) -> Result<ExprId, Fault> {
        while self.cursor.kind()? == Kind::LeftBracket {
            let open = self.cursor.expect(Kind::LeftBracket, "`[`")?;
            let indices = self.list(Kind::RightBracket, "`]`", |parser| match parser.cursor.kind()? {
                Kind::LeftBrace => parser.set(),
                _ => parser.range_or_expression(),
            })?;
            if indices.is_empty() {
                return Err(Fault::invalid(open.span, "an index is missing between the brackets"));
            }
            let span = self.ast.span(base).to(self.cursor.behind());
            base = self.ast.add_expr(ExprKind::Index(base, indices), span);
        }
        Ok(base)
    }

    /// `start:stop` or `start:step:stop`, or just a value.
    pub(super) fn range_or_expression(&mut self) -> Result<ExprId, Fault> {
        let token = self.cursor.peek()?;
        let ends = |kind| matches!(kind, Kind::Colon | Kind::RightBracket | Kind::Comma);
        let start = if ends(token.kind) { None } else { Some(self.expression()?) };
        if !self.cursor.eat(Kind::Colon)? {
            return start.ok_or_else(|| self.cursor.unexpected(token, "an index"));
        }
        let middle = if ends(self.cursor.kind()?) { None } else { Some(self.expression()?) };
        let (step, stop) = if self.cursor.eat(Kind::Colon)? {
            (middle, if ends(self.cursor.kind()?) { None } else { Some(self.expression()?) })
        } else {
            (None, middle)
        };
        let span = token.span.to(self.cursor.behind());
        Ok(self.ast.add_expr(ExprKind::Range { start, step, stop }, span))
    }
}

/// A number's digits without the underscores, which stand between digits only.
fn digits(text: &str) -> Result<String, &'static str> {
    let broken = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if broken { Err("an underscore stands between two digits") } else { Ok(text.replace('_', "")) }
}

pub(super) fn integer(text: &str) -> Result<u64, &'static str> {
    let (radix, text) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    // Most integers are short and plain.
    if radix == 10 && text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.bytes().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')));
    }
    let digits = digits(text)?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("the integer has a digit that its base does not have, or none at all");
    }
    u64::from_str_radix(&digits, radix).map_err(|_| "the integer does not fit 64 bits")
}

fn float(text: &str) -> Result<f64, &'static str> {
    let plain = !text.contains('_');
    let value: Result<f64, _> = if plain { text.parse() } else { digits(text)?.parse() };
    let value = value.map_err(|_| "this is no number")?;
    if value.is_finite() { Ok(value) } else { Err("the number is beyond the range of a double") }
}

/// A number with a unit: its value, and the unit in nanoseconds, in which all others are whole;
/// a sample counts as one, since nothing here depends on how long anything takes.
fn suffixed(text: &str) -> Result<(f64, f64), &'static str> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '+' | '-' | 'e' | 'E')));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = match unit.trim() {
        "s" => 1e9,
        "ms" => 1e6,
        "us" | "µs" => 1e3,
        _ => 1.0,
    };
    Ok((float(number)?, unit))
}
