//! Tokens → statements, one at a time.
//!
//! A statement that is wrong gives one fault and is passed over to its end, so that the next one
//! is looked at too; that holds within blocks as well. Only definitions are kept.

mod control;
mod declaration;
mod expression;
mod quantum;
mod types;

use super::ast::{Ast, Block, ExprId, Name, Statement};
use super::cursor::Cursor;
use super::fault::Fault;
use super::names::{Keyword, Names, Symbol};
use super::token::{Kind, Span, Token};
use crate::error::ErrorKind;
use crate::limits::Limits;
use crate::text::quote;

/// The deepest nesting ever allowed: this much recursion fits any thread's stack.
pub(super) const DEEPEST: usize = 128;

/// Reads statements.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not states")]
pub(super) struct Parser<'s> {
    pub(super) ast: Ast<'s>,
    /// Faults of parts of a statement that is whole without them.
    pub(super) faults: Vec<Fault>,
    /// The language is OpenQASM 2.
    pub(super) old: bool,
    /// Nothing after this can be made sense of.
    pub(super) hopeless: bool,
    cursor: Cursor<'s>,
    /// The most levels of blocks and expressions, and how many are open.
    nesting: usize,
    depth: usize,
    /// Terms in the expressions of the present statement.
    terms: usize,
    /// The most operands of one statement, and tokens of the program.
    operands: usize,
    tokens: usize,
    first: bool,
    /// The name that the present statement declares.
    declaring: Option<Symbol>,
    /// Whether the present block may write a classical bit.
    writes: bool,
    /// Items of the lists being read, the innermost last.
    items: Vec<ExprId>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(text: &'s str, limits: &Limits) -> Self {
        Self {
            ast: Ast::new(),
            faults: Vec::new(),
            old: false,
            hopeless: false,
            cursor: Cursor::new(text),
            nesting: limits.nesting.min(DEEPEST),
            depth: 0,
            terms: 0,
            operands: limits.qubits as usize,
            tokens: limits.tokens,
            first: true,
            declaring: None,
            writes: false,
            items: Vec::new(),
        }
    }

    /// The next statement of the program, or its fault; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<u32, Fault>> {
        if self.hopeless {
            return None;
        }
        self.depth = 0;
        match self.guarded_statement() {
            Ok(None) => match self.cursor.kind() {
                Ok(Kind::RightBrace) => {
                    let span = self.cursor.peek().map_or(Span::default(), |token| token.span);
                    self.cursor.advance();
                    Some(Err(Fault::invalid(span, "there is no `{` for this `}`")))
                }
                _ => None,
            },
            Ok(Some(statement)) => Some(Ok(statement)),
            Err(fault) => Some(Err(fault)),
        }
    }

    /// One statement, passed over to its end if it is wrong; none before a `}` and at the end.
    fn guarded_statement(&mut self) -> Result<Option<u32>, Fault> {
        (self.terms, self.declaring) = (0, None);
        let declares = self.is_declaration();
        let before = self.cursor.count();
        let fault = match self.statement() {
            Ok(statement) => {
                self.first = false;
                return Ok(statement);
            }
            Err(fault) => fault,
        };
        self.first = false;
        if self.hopeless {
            return Err(fault);
        }
        // However it is broken, something of it is passed over.
        let stuck = self.cursor.count() == before;
        if stuck && !matches!(self.cursor.peek_quietly(), Ok(token) if token.kind == Kind::LeftBrace) {
            self.cursor.advance();
        }
        // What is broken at the end of a line is taken to end there.
        let next = if !stuck && self.cursor.at_new_line() {
            None
        } else {
            let old = self.old;
            self.cursor.skip_statement(|text| !Names::is_keyword(text, old))
        };
        let lost = self.declaring.or_else(|| next.map(|text| self.ast.names.intern(text)));
        match lost.filter(|_| declares) {
            Some(symbol) => {
                self.faults.push(fault);
                Ok(Some(self.ast.add_statement(Statement::Lost(symbol), Span::default())))
            }
            None => Err(fault),
        }
    }

    /// Whether a name will be declared, though perhaps in a broken way.
    fn is_declaration(&mut self) -> bool {
        use Keyword::{Const, Def, Extern, Gate, Input, Let, Opaque, Output, Qreg, Qubit};
        let Ok(token) = self.cursor.peek_quietly() else { return false };
        let Some(keyword) = self.keyword(token) else { return false };
        keyword.is_classical_type()
            || matches!(
                keyword,
                Qubit | Qreg | Keyword::Creg | Const | Def | Extern | Gate | Input | Let | Opaque | Output
            )
    }

    fn statement(&mut self) -> Result<Option<u32>, Fault> {
        while self.cursor.eat(Kind::Semicolon)? {}
        if self.cursor.count() > self.tokens {
            self.hopeless = true;
            let message = format!("the program has more than {} tokens", self.tokens);
            return Err(Fault::too_large(self.cursor.behind(), message));
        }
        let token = self.cursor.peek()?;
        match token.kind {
            Kind::End | Kind::RightBrace => return Ok(None),
            Kind::Identifier => {}
            Kind::At | Kind::Hash if !self.old => {
                self.cursor.skip_line();
                return Ok(Some(
                    self.add(token.span, Statement::Ignored("pragmas and annotations are ignored")),
                ));
            }
            Kind::LeftBrace if !self.old => {
                let body = self.block()?;
                return Ok(Some(self.add(token.span, Statement::Scope(body))));
            }
            Kind::HardwareQubit
            | Kind::LeftParen
            | Kind::Minus
            | Kind::Bang
            | Kind::Tilde
            | Kind::Integer
            | Kind::Float
                if !self.old =>
            {
                let value = self.expression()?;
                self.semicolon()?;
                return Ok(Some(self.add(token.span, Statement::Expression(value))));
            }
            _ => {
                return Err(self.cursor.unexpected(token, "a statement"));
            }
        }
        let Some(keyword) = self.keyword(token) else { return self.named_statement(token).map(Some) };
        self.keyword_statement(keyword, token).map(Some)
    }

    fn keyword_statement(&mut self, keyword: Keyword, token: Token) -> Result<u32, Fault> {
        use Keyword as K;
        let span = token.span;
        match keyword {
            K::OpenQasm => self.version(),
            K::Include => self.include(),
            K::Pragma => {
                self.cursor.skip_line();
                Ok(self.add(span, Statement::Ignored("pragmas and annotations are ignored")))
            }
            K::Qubit | K::Qreg => self.qubits(keyword),
            K::Creg => self.old_bits(),
            K::Const | K::Input | K::Output => self.stored(keyword),
            K::Let => self.alias(),
            K::Gate => self.gate(),
            K::Def => self.subroutine(),
            K::Opaque | K::Extern | K::Cal | K::Defcal => self.foreign(keyword, token),
            K::DefcalGrammar => {
                self.cursor.advance();
                self.cursor.expect(Kind::Quoted, "the grammar's name in quotes")?;
                self.semicolon()?;
                Ok(self.add(span, Statement::Ignored("grammars of calibrations are ignored")))
            }
            K::Measure => self.measurement(),
            K::Reset => self.reset(),
            K::Barrier => self.barrier(),
            K::Delay => self.delay(),
            K::Nop => self.nop(),
            K::Box => self.boxed(),
            K::Ctrl | K::NegCtrl | K::Inv | K::Pow | K::GPhase => self.modified_call(),
            K::If => self.branch(),
            K::For => self.for_loop(),
            K::While => self.while_loop(),
            K::Switch => self.switch(),
            K::Break | K::Continue | K::End => {
                self.cursor.advance();
                self.semicolon()?;
                let statement = match keyword {
                    K::Break => Statement::Break,
                    K::Continue => Statement::Continue,
                    _ => Statement::End,
                };
                Ok(self.add(span, statement))
            }
            K::Return => self.give_back(),
            K::True | K::False | K::DurationOf => {
                let value = self.expression()?;
                self.semicolon()?;
                Ok(self.add(span, Statement::Expression(value)))
            }
            _ if keyword.is_classical_type() => self.declaration(),
            K::Else | K::Case | K::Default => {
                let message = format!("there is nothing before that this `{}` belongs to", keyword.text());
                self.cursor.advance();
                Err(Fault::invalid(span, message))
            }
            _ => {
                let fault = self.cursor.unexpected(token, "a statement");
                self.cursor.advance();
                Err(fault)
            }
        }
    }

    fn version(&mut self) -> Result<u32, Fault> {
        let first = self.first;
        self.cursor.advance();
        let token = self.cursor.peek()?;
        if !matches!(token.kind, Kind::Integer | Kind::Float) {
            return Err(self.cursor.unexpected(token, "a version such as 3.0"));
        }
        self.cursor.advance();
        if !first {
            return Err(Fault::invalid(token.span, "the version must come before all other statements"));
        }
        let text = self.cursor.slice(token.span);
        match text {
            "2" | "2.0" => self.old = true,
            "3" | "3.0" | "3.1" => {}
            _ => {
                self.hopeless = true;
                let message = format!("OpenQASM {} is not supported", quote(text));
                return Err(Fault::new(ErrorKind::UnsupportedVersion, token.span, message)
                    .suggest(Some("2.0, 3, 3.0 and 3.1 are".into())));
            }
        }
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Nop))
    }

    fn include(&mut self) -> Result<u32, Fault> {
        self.cursor.advance();
        let token = self.cursor.expect(Kind::Quoted, "a file name in quotes")?;
        self.semicolon()?;
        let path = Span { start: token.span.start + 1, end: token.span.end - 1 };
        Ok(self.add(token.span, Statement::Include(path)))
    }

    /// Statements in braces.
    fn block(&mut self) -> Result<Block, Fault> {
        let open = self.cursor.expect(Kind::LeftBrace, "`{`")?;
        self.descend(open)?;
        let depth = self.depth;
        let outer = std::mem::take(&mut self.writes);
        let declaring = self.declaring;
        let mut statements = Vec::new();
        loop {
            match self.guarded_statement() {
                Ok(Some(statement)) => statements.push(statement),
                Ok(None) => break,
                Err(fault) if self.hopeless => return Err(fault),
                Err(fault) => self.faults.push(fault),
            }
            self.depth = depth;
        }
        let next = self.cursor.peek()?;
        if next.kind != Kind::RightBrace {
            return Err(Fault::invalid(open.span, "there is no `}` for this `{`"));
        }
        self.cursor.advance();
        self.depth = depth - 1;
        self.declaring = declaring;
        let writes = std::mem::replace(&mut self.writes, outer);
        self.writes |= writes;
        Ok(self.ast.add_block(statements, writes))
    }

    fn semicolon(&mut self) -> Result<(), Fault> {
        let next = self.cursor.peek()?;
        if next.kind == Kind::Semicolon {
            self.cursor.advance();
            return Ok(());
        }
        if matches!(next.kind, Kind::End | Kind::RightBrace) || self.cursor.at_new_line() {
            let message = "a `;` is missing at the end of the statement";
            self.faults.push(Fault::invalid(self.cursor.behind(), message));
            return Ok(());
        }
        Err(self.cursor.unexpected(next, "`;`"))
    }

    fn descend(&mut self, token: Token) -> Result<(), Fault> {
        if self.depth >= self.nesting {
            let message = format!("nested deeper than {} levels", self.nesting);
            return Err(Fault::invalid(token.span, message));
        }
        self.depth += 1;
        Ok(())
    }

    fn add(&mut self, span: Span, statement: Statement) -> u32 {
        self.ast.add_statement(statement, span)
    }

    /// The keyword that a token is, if it is one.
    fn keyword(&mut self, token: Token) -> Option<Keyword> {
        if token.kind != Kind::Identifier {
            return None;
        }
        Names::keyword(self.symbol(token), self.old)
    }

    /// The next token's keyword, if it is one.
    fn next_keyword(&mut self) -> Result<Option<Keyword>, Fault> {
        let token = self.cursor.peek()?;
        Ok(self.keyword(token))
    }

    fn symbol(&mut self, token: Token) -> Symbol {
        let text = self.cursor.slice(token.span);
        self.ast.names.intern(text)
    }

    /// A name that is no keyword.
    fn name(&mut self, what: &str) -> Result<Name, Fault> {
        let token = self.cursor.expect(Kind::Identifier, what)?;
        let symbol = self.symbol(token);
        if Names::keyword(symbol, self.old).is_some() {
            let text = quote(self.cursor.slice(token.span));
            return Err(Fault::invalid(token.span, format!("expected {what}, and {text} is a keyword")));
        }
        Ok(Name { symbol, span: token.span })
    }

    /// The name that a declaration declares.
    fn new_name(&mut self) -> Result<Name, Fault> {
        let name = self.name("a name")?;
        self.declaring = Some(name.symbol);
        Ok(name)
    }

    /// Things with commas between, and perhaps one behind the last, up to a closing token, which
    /// is read too.
    fn list(
        &mut self,
        close: Kind,
        what: &str,
        mut item: impl FnMut(&mut Self) -> Result<ExprId, Fault>,
    ) -> Result<super::ast::List, Fault> {
        let start = self.items.len();
        let result = self.items_of(close, what, &mut item);
        let list = self.ast.add_list(self.items.drain(start..));
        result.map(|()| list)
    }

    fn items_of(
        &mut self,
        close: Kind,
        what: &str,
        item: &mut impl FnMut(&mut Self) -> Result<ExprId, Fault>,
    ) -> Result<(), Fault> {
        while self.cursor.kind()? != close {
            let next = item(self)?;
            self.items.push(next);
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        self.cursor.expect(close, what).map(drop)
    }
}
