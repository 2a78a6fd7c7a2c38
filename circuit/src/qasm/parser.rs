//! Tokens → statements, one at a time.
//!
//! A statement that is wrong gives one fault and is passed over to its end, so that the next one
//! is looked at too. A program is never held as a whole.

use super::ast::{Expr, Name, Operand, Statement};
use super::cursor::Cursor;
use super::fault::Fault;
use super::refused;
use super::token::{Kind, Token};
use crate::limits::Limits;
use crate::text::quote;

/// The deepest nesting ever allowed: this much recursion fits any thread's stack.
const DEEPEST: usize = 256;

/// Reads statements.
pub(super) struct Parser<'s> {
    pub(super) cursor: Cursor<'s>,
    /// The most levels of an expression, and how many are open.
    pub(super) nesting: usize,
    pub(super) depth: usize,
    /// Terms in the expressions of the present statement.
    pub(super) terms: usize,
    /// The most operands of one statement.
    operands: usize,
    first: bool,
    /// The name that the present statement declares.
    declaring: Option<&'s str>,
    /// A fault that leaves its statement whole, to be given after it.
    pending: Option<Fault>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(text: &'s str, limits: &Limits) -> Self {
        Self {
            cursor: Cursor::new(text),
            nesting: limits.nesting.min(DEEPEST),
            depth: 0,
            terms: 0,
            operands: limits.qubits as usize,
            first: true,
            declaring: None,
            pending: None,
        }
    }

    /// The next statement, or its fault; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Statement<'s>, Fault>> {
        if let Some(fault) = self.pending.take() {
            return Some(Err(fault));
        }
        (self.depth, self.terms, self.declaring) = (0, 0, None);
        let declares = self.is_declaration();
        let result = self.statement().transpose()?;
        self.first = false;
        let Err(fault) = result else { return Some(result) };
        // What is broken at the end of a line is taken to end there.
        let next = if self.cursor.at_new_line() { None } else { self.cursor.skip_statement() };
        if declares {
            return Some(Ok(Statement::Refused { fault, declares: self.declaring.or(next) }));
        }
        Some(Err(fault))
    }

    /// Whether a name will be declared, though perhaps in a broken way.
    fn is_declaration(&mut self) -> bool {
        ["qubit", "bit", "qreg", "creg"].iter().any(|word| self.cursor.is_ahead(word))
    }

    fn statement(&mut self) -> Result<Option<Statement<'s>>, Fault> {
        while self.cursor.eat(Kind::Semicolon)? {}
        let token = self.cursor.peek()?;
        let word = self.cursor.name(token);
        match token.kind {
            Kind::End => return Ok(None),
            Kind::Identifier => {}
            Kind::At | Kind::Hash => {
                self.cursor.skip_line();
                return Ok(Some(Statement::Ignored(word)));
            }
            Kind::LeftBrace => {
                let fault = Fault::unsupported(token.span, "blocks are not supported");
                self.cursor.skip_statement();
                return Ok(Some(Statement::Refused { fault, declares: None }));
            }
            Kind::RightBrace => {
                self.cursor.advance();
                return Err(Fault::invalid(token.span, "there is no `{` for this `}`"));
            }
            _ => {
                let fault = self.cursor.unexpected(token, "a statement");
                self.cursor.advance();
                return Err(fault);
            }
        }
        if word.text == "pragma" {
            self.cursor.skip_line();
            return Ok(Some(Statement::Ignored(word)));
        }
        if let Some(meaning) = refused::meaning(word.text) {
            return Ok(Some(self.refuse(word, meaning)));
        }
        self.cursor.advance();
        let statement = match word.text {
            "OPENQASM" => self.version()?,
            "include" => self.include()?,
            "qubit" => {
                let size = self.designator()?;
                Statement::Qubits { name: self.new_name()?, size }
            }
            "bit" => self.bits()?,
            "qreg" => {
                let name = self.new_name()?;
                Statement::Qubits { name, size: self.designator()? }
            }
            "creg" => {
                let name = self.new_name()?;
                Statement::Bits { name, size: self.designator()?, measured: None }
            }
            "measure" => {
                let qubits = self.operand()?;
                let bits = if self.cursor.eat(Kind::Arrow)? { Some(self.operand()?) } else { None };
                Statement::Measure { qubits, bits }
            }
            "reset" => Statement::Reset(self.operand()?),
            "barrier" => Statement::Barrier(self.operands()?),
            _ => self.call_or_assignment(word)?,
        };
        self.semicolon()?;
        Ok(Some(statement))
    }

    fn refuse(&mut self, word: Name<'s>, meaning: &str) -> Statement<'s> {
        let fault = Fault::unsupported(word.span, format!("{meaning} are not supported"));
        if refused::holds_foreign_text(word.text) {
            self.cursor.skip_foreign();
            return Statement::Refused { fault, declares: None };
        }
        Statement::Refused { fault, declares: self.cursor.skip_statement() }
    }

    fn semicolon(&mut self) -> Result<(), Fault> {
        let next = self.cursor.peek()?;
        if next.kind == Kind::Semicolon {
            self.cursor.advance();
            return Ok(());
        }
        if next.kind == Kind::End || self.cursor.at_new_line() {
            let message = "a `;` is missing at the end of the statement";
            self.pending = Some(Fault::invalid(self.cursor.behind(), message));
            return Ok(());
        }
        Err(self.cursor.unexpected(next, "`;`"))
    }

    fn version(&mut self) -> Result<Statement<'s>, Fault> {
        let token = self.cursor.peek()?;
        if !matches!(token.kind, Kind::Integer | Kind::Float) {
            return Err(self.cursor.unexpected(token, "a version such as 3.0"));
        }
        self.cursor.advance();
        Ok(Statement::Version { number: self.cursor.name(token), first: self.first })
    }

    fn include(&mut self) -> Result<Statement<'s>, Fault> {
        let token = self.cursor.expect(Kind::Quoted, "a file name in quotes")?;
        let quoted = self.cursor.name(token);
        Ok(Statement::Include(Name { text: &quoted.text[1..quoted.text.len() - 1], ..quoted }))
    }

    fn bits(&mut self) -> Result<Statement<'s>, Fault> {
        let size = self.designator()?;
        let name = self.new_name()?;
        let measured = if self.cursor.eat(Kind::Equals)? { Some(self.measured(Some(name))?) } else { None };
        Ok(Statement::Bits { name, size, measured })
    }

    /// What stands behind `=`: a measurement, so far.
    fn measured(&mut self, declares: Option<Name<'s>>) -> Result<Operand<'s>, Fault> {
        let token = self.cursor.peek()?;
        if token.kind == Kind::Identifier && self.cursor.slice(token.span) == "measure" {
            self.cursor.advance();
            return self.operand();
        }
        let what = if declares.is_some() { "initial values" } else { "assignments" };
        Err(Fault::unsupported(token.span, format!("{what} other than by `measure` are not supported")))
    }

    fn call_or_assignment(&mut self, word: Name<'s>) -> Result<Statement<'s>, Fault> {
        match self.cursor.kind()? {
            Kind::Equals => {
                self.cursor.advance();
                let bits = Operand { name: word, index: None };
                return Ok(Statement::Measure { qubits: self.measured(None)?, bits: Some(bits) });
            }
            Kind::LeftBracket => {
                let bits = Operand { name: word, index: self.index()? };
                let next = self.cursor.peek()?;
                if next.kind != Kind::Compound {
                    self.cursor.expect(Kind::Equals, "`=`")?;
                    return Ok(Statement::Measure { qubits: self.measured(None)?, bits: Some(bits) });
                }
            }
            _ => {}
        }
        let next = self.cursor.peek()?;
        match next.kind {
            Kind::Compound => {
                return Err(Fault::unsupported(
                    next.span,
                    "assignments other than by `measure` are not supported",
                ));
            }
            Kind::At => {
                return Err(Fault::invalid(word.span, format!("unknown modifier {}", quote(word.text))));
            }
            _ => {}
        }
        let angles = if next.kind == Kind::LeftParen { self.arguments()? } else { Vec::new() };
        let operands = if self.cursor.kind()? == Kind::Semicolon { Vec::new() } else { self.operands()? };
        Ok(Statement::Call { gate: word, angles, operands })
    }

    /// Operands with commas between; none is fine, and a comma behind the last.
    fn operands(&mut self) -> Result<Vec<Operand<'s>>, Fault> {
        let mut operands = Vec::new();
        while self.cursor.kind()? != Kind::Semicolon {
            let next = self.cursor.peek()?;
            if operands.len() >= self.operands {
                let message = format!("the statement has more than {} operands", self.operands);
                return Err(Fault::too_large(next.span, message));
            }
            operands.push(self.operand()?);
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        Ok(operands)
    }

    fn operand(&mut self) -> Result<Operand<'s>, Fault> {
        let token = self.cursor.peek()?;
        if token.kind == Kind::HardwareQubit {
            return Err(Fault::unsupported(token.span, "physical qubits are not supported"));
        }
        let name = self.known_name("a register")?;
        let index = if self.cursor.kind()? == Kind::LeftBracket { self.index()? } else { None };
        let next = self.cursor.peek()?;
        match next.kind {
            Kind::LeftBracket => Err(Fault::invalid(next.span, "a register has one index only")),
            Kind::DoublePlus => Err(Fault::unsupported(next.span, "concatenation is not supported")),
            _ => Ok(Operand { name, index }),
        }
    }

    /// `[index]` of a register.
    fn index(&mut self) -> Result<Option<Expr<'s>>, Fault> {
        self.cursor.expect(Kind::LeftBracket, "`[`")?;
        let refuse = |token: Token| {
            Fault::unsupported(token.span, "ranges, sets and lists of indices are not supported")
        };
        let next = self.cursor.peek()?;
        if matches!(next.kind, Kind::Colon | Kind::LeftBrace) {
            return Err(refuse(next));
        }
        let index = self.expression()?;
        let next = self.cursor.peek()?;
        if matches!(next.kind, Kind::Colon | Kind::Comma) {
            return Err(refuse(next));
        }
        self.cursor.expect(Kind::RightBracket, "`]`")?;
        Ok(Some(index))
    }

    /// `[size]` of a type, if there is one.
    fn designator(&mut self) -> Result<Option<Expr<'s>>, Fault> {
        if !self.cursor.eat(Kind::LeftBracket)? {
            return Ok(None);
        }
        let size = self.expression()?;
        self.cursor.expect(Kind::RightBracket, "`]`")?;
        Ok(Some(size))
    }

    fn new_name(&mut self) -> Result<Name<'s>, Fault> {
        let name = self.known_name("a name")?;
        self.declaring = Some(name.text);
        Ok(name)
    }

    fn known_name(&mut self, what: &str) -> Result<Name<'s>, Fault> {
        let token = self.cursor.expect(Kind::Identifier, what)?;
        let name = self.cursor.name(token);
        if refused::is_reserved(name.text) {
            return Err(Fault::invalid(
                name.span,
                format!("expected {what}, and {} is a keyword", quote(name.text)),
            ));
        }
        Ok(name)
    }
}
