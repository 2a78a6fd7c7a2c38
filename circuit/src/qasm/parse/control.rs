//! Branches and loops.

use super::super::ast::{Block, Case, ExprId, ExprKind, Statement};
use super::super::fault::Fault;
use super::super::names::Keyword;
use super::super::token::{Kind, Token};
use super::Parser;

impl Parser<'_> {
    pub(super) fn branch(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let condition = if self.old { self.old_condition()? } else { self.parenthesised()? };
        let then = self.body(token)?;
        let otherwise = if !self.old && self.next_keyword()? == Some(Keyword::Else) {
            self.cursor.advance();
            self.body(token)?
        } else {
            Block::default()
        };
        Ok(self.add(token.span, Statement::If { condition, then, otherwise }))
    }

    /// `(register == integer)`
    fn old_condition(&mut self) -> Result<ExprId, Fault> {
        self.cursor.expect(Kind::LeftParen, "`(`")?;
        let name = self.name("a register")?;
        let register = self.ast.add_expr(ExprKind::Name(name.symbol), name.span);
        self.cursor.expect(Kind::Same, "`==`")?;
        let token = self.cursor.expect(Kind::Integer, "an integer")?;
        let value = super::expression::integer(self.cursor.slice(token.span));
        let value = value.map_err(|what| Fault::invalid(token.span, what))?;
        let value = self.ast.add_expr(ExprKind::Integer(value), token.span);
        let close = self.cursor.expect(Kind::RightParen, "`)`")?;
        let kind = ExprKind::Binary(super::super::ast::Binary::Same, register, value);
        Ok(self.ast.add_expr(kind, name.span.to(close.span)))
    }

    /// A block, or one statement.
    fn body(&mut self, token: Token) -> Result<Block, Fault> {
        if self.cursor.kind()? == Kind::LeftBrace && !self.old {
            return self.block();
        }
        self.descend(token)?;
        let depth = self.depth;
        let next = self.cursor.peek()?;
        if self.old {
            use Keyword::{Barrier, Creg, Gate, If, Include, Opaque, OpenQasm, Qreg};
            if let Some(Barrier | Creg | Gate | If | Include | Opaque | OpenQasm | Qreg) = self.keyword(next)
            {
                return Err(self.cursor.unexpected(next, "a gate, a measurement or a reset"));
            }
        }
        let outer = std::mem::take(&mut self.writes);
        let statement = self.statement()?;
        let writes = std::mem::replace(&mut self.writes, outer);
        self.writes |= writes;
        self.depth = depth - 1;
        match statement {
            Some(statement) => Ok(self.ast.add_block([statement], writes)),
            None => Err(self.cursor.unexpected(next, "a statement")),
        }
    }

    pub(super) fn for_loop(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let next = self.cursor.peek()?;
        if next.kind == Kind::Identifier && self.keyword(next).is_none() {
            let fault = Fault::invalid(next.span, "the type of the loop's variable is missing");
            return Err(fault.suggest(Some(format!("write `for int {} in …`", self.cursor.slice(next.span)))));
        }
        let ty = self.classical_type()?;
        let name = self.name("the loop variable's name")?;
        let next = self.cursor.peek()?;
        if self.keyword(next) != Some(Keyword::In) {
            return Err(self.cursor.unexpected(next, "`in`"));
        }
        self.cursor.advance();
        let values = match self.cursor.kind()? {
            Kind::LeftBracket => {
                self.cursor.advance();
                let range = self.range_or_expression()?;
                self.cursor.expect(Kind::RightBracket, "`]`")?;
                range
            }
            Kind::LeftBrace => self.set()?,
            _ => self.expression()?,
        };
        let body = self.body(token)?;
        Ok(self.add(token.span, Statement::For { ty, name, values, body }))
    }

    pub(super) fn while_loop(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let condition = self.parenthesised()?;
        let body = self.body(token)?;
        Ok(self.add(token.span, Statement::While { condition, body }))
    }

    pub(super) fn switch(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let target = self.parenthesised()?;
        let open = self.cursor.expect(Kind::LeftBrace, "`{`")?;
        self.descend(open)?;
        let mut cases: Vec<Case> = Vec::new();
        while !self.cursor.eat(Kind::RightBrace)? {
            let next = self.cursor.peek()?;
            let keyword = self.keyword(next);
            if let Some(Keyword::Case | Keyword::Default) = keyword
                && cases.last().is_some_and(|case| case.is_default)
            {
                return Err(Fault::invalid(next.span, "nothing comes after the default of a switch"));
            }
            match keyword {
                Some(Keyword::Case) => {
                    self.cursor.advance();
                    let mut values = vec![self.expression()?];
                    while self.cursor.eat(Kind::Comma)? && self.cursor.kind()? != Kind::LeftBrace {
                        values.push(self.expression()?);
                    }
                    let values = self.ast.add_list(values);
                    let body = self.block()?;
                    cases.push(Case { values, is_default: false, body });
                }
                Some(Keyword::Default) => {
                    self.cursor.advance();
                    let values = self.ast.add_list([]);
                    let body = self.block()?;
                    cases.push(Case { values, is_default: true, body });
                }
                _ => return Err(self.cursor.unexpected(next, "`case`, `default` or `}`")),
            }
        }
        self.depth -= 1;
        if cases.is_empty() {
            return Err(Fault::invalid(token.span, "a switch has at least one case"));
        }
        let start = self.ast.cases.len() as u32;
        self.ast.cases.extend(cases);
        let end = self.ast.cases.len() as u32;
        Ok(self.add(token.span, Statement::Switch { target, cases: (start, end) }))
    }

    pub(super) fn give_back(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        self.writes = true;
        let value = if self.cursor.kind()? == Kind::Semicolon { None } else { Some(self.value()?) };
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Return(value)))
    }
}
