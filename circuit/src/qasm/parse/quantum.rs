//! Statements on qubits, and those that begin with a name.

use super::super::ast::{Binary, ExprId, ExprKind, List, Modifier, Name, Statement};
use super::super::fault::Fault;
use super::super::names::Keyword;
use super::super::token::{Kind, Token};
use super::Parser;
use crate::text::quote;

impl Parser<'_> {
    /// `measure …;` or `measure … -> …;`
    pub(super) fn measurement(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        self.writes = true;
        let source = self.operand()?;
        let target = if self.cursor.eat(Kind::Arrow)? { Some(self.operand()?) } else { None };
        if self.old && target.is_none() {
            let next = self.cursor.peek()?;
            return Err(self.cursor.unexpected(next, "`->` and the bits"));
        }
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Measure { source, target }))
    }

    pub(super) fn reset(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let operand = self.operand()?;
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Reset(operand)))
    }

    pub(super) fn barrier(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let operands = self.operands()?;
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Barrier(operands)))
    }

    pub(super) fn delay(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let Some(duration) = self.designator()? else {
            let next = self.cursor.peek()?;
            return Err(self.cursor.unexpected(next, "the delay's duration in brackets"));
        };
        let operands = self.operands()?;
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Delay { duration, operands }))
    }

    pub(super) fn nop(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        let operands = self.operands()?;
        self.semicolon()?;
        // A barrier's operands are checked, and that is all that is to do.
        let _ = operands;
        Ok(self.add(token.span, Statement::Nop))
    }

    pub(super) fn boxed(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        self.cursor.advance();
        self.designator()?;
        let body = self.block()?;
        Ok(self.add(token.span, Statement::Box(body)))
    }

    /// A gate call that begins with a modifier or with `gphase`.
    pub(super) fn modified_call(&mut self) -> Result<u32, Fault> {
        let start = self.ast.modifiers.len() as u32;
        loop {
            let token = self.cursor.peek()?;
            let Some(keyword) = self.keyword(token).filter(|&keyword| keyword != Keyword::GPhase) else {
                break;
            };
            let modifier = match keyword {
                Keyword::Ctrl | Keyword::NegCtrl => {
                    self.cursor.advance();
                    let count = if self.cursor.kind()? == Kind::LeftParen {
                        Some(self.parenthesised()?)
                    } else {
                        None
                    };
                    Modifier::Control { active_on: keyword == Keyword::Ctrl, count }
                }
                Keyword::Inv => {
                    self.cursor.advance();
                    Modifier::Inverse
                }
                Keyword::Pow => {
                    self.cursor.advance();
                    Modifier::Power(self.parenthesised()?)
                }
                _ => return Err(self.cursor.unexpected(token, "a modifier or a gate")),
            };
            self.ast.modifiers.push((modifier, token.span));
            self.cursor.expect(Kind::At, "`@`")?;
        }
        let end = self.ast.modifiers.len() as u32;
        let token = self.cursor.peek()?;
        let gate = if self.keyword(token) == Some(Keyword::GPhase) {
            self.cursor.advance();
            Name { symbol: self.symbol(token), span: token.span }
        } else {
            self.name("a gate")?
        };
        let angles =
            if self.cursor.kind()? == Kind::LeftParen { self.arguments()? } else { self.ast.add_list([]) };
        self.designator()?;
        self.call(gate, (start, end), angles)
    }

    fn call(&mut self, gate: Name, modifiers: (u32, u32), angles: List) -> Result<u32, Fault> {
        let operands = self.operands()?;
        self.semicolon()?;
        Ok(self.add(gate.span, Statement::Call { gate, modifiers, angles, operands }))
    }

    /// A statement that begins with a name: a gate call, an assignment, or an expression.
    pub(super) fn named_statement(&mut self, token: Token) -> Result<u32, Fault> {
        let name = Name { symbol: self.symbol(token), span: token.span };
        self.cursor.advance();
        let no_modifiers = (0, 0);
        match self.cursor.kind()? {
            // A gate without operands is a mistake whose place is known.
            Kind::Identifier | Kind::HardwareQubit | Kind::Semicolon => {
                let angles = self.ast.add_list([]);
                self.call(name, no_modifiers, angles)
            }
            Kind::LeftParen => {
                let angles = self.arguments()?;
                match self.cursor.kind()? {
                    Kind::LeftBracket | Kind::Identifier | Kind::HardwareQubit => {
                        let index =
                            if self.cursor.kind()? == Kind::LeftBracket { self.designator()? } else { None };
                        let _ = index;
                        self.call(name, no_modifiers, angles)
                    }
                    _ => {
                        self.writes = true;
                        let span = name.span.to(self.cursor.behind());
                        let call = self.ast.add_expr(ExprKind::Call(name.symbol, angles), span);
                        self.expression_statement(token, call)
                    }
                }
            }
            Kind::At => {
                let message = format!("unknown modifier {}", quote(self.cursor.slice(token.span)));
                Err(Fault::invalid(token.span, message))
            }
            _ => {
                let place = self.ast.add_expr(ExprKind::Name(name.symbol), name.span);
                let place = self.indexed(place)?;
                self.assignment(token, name, place)
            }
        }
    }

    fn assignment(&mut self, token: Token, name: Name, target: ExprId) -> Result<u32, Fault> {
        let next = self.cursor.peek()?;
        let operator = match next.kind {
            Kind::Equals => None,
            Kind::Compound => Some(self.compound(next)?),
            // `gate[duration] qubits;`: the duration is of no matter here.
            Kind::Identifier | Kind::HardwareQubit => {
                let angles = self.ast.add_list([]);
                return self.call(name, (0, 0), angles);
            }
            _ => return self.expression_statement(token, target),
        };
        self.cursor.advance();
        self.writes = true;
        let value = self.value()?;
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Assign { target, operator, value }))
    }

    fn compound(&mut self, token: Token) -> Result<Binary, Fault> {
        Ok(match self.cursor.slice(token.span) {
            "+=" => Binary::Add,
            "-=" => Binary::Subtract,
            "*=" => Binary::Multiply,
            "/=" => Binary::Divide,
            "%=" => Binary::Remainder,
            "**=" => Binary::Power,
            "<<=" => Binary::ShiftLeft,
            ">>=" => Binary::ShiftRight,
            "&=" => Binary::BitAnd,
            "|=" => Binary::BitOr,
            "^=" => Binary::BitXor,
            other => {
                return Err(Fault::invalid(token.span, format!("there is no assignment {}", quote(other))));
            }
        })
    }

    fn expression_statement(&mut self, token: Token, first: ExprId) -> Result<u32, Fault> {
        let value = self.expression_after(first)?;
        self.semicolon()?;
        Ok(self.add(token.span, Statement::Expression(value)))
    }

    /// Operands with commas between; none is fine, and a comma behind the last.
    pub(super) fn operands(&mut self) -> Result<List, Fault> {
        let start = self.items.len();
        let result = self.operands_up_to_semicolon(start);
        let list = self.ast.add_list(self.items.drain(start..));
        result.map(|()| list)
    }

    fn operands_up_to_semicolon(&mut self, start: usize) -> Result<(), Fault> {
        while self.cursor.kind()? != Kind::Semicolon {
            let next = self.cursor.peek()?;
            if self.items.len() - start >= self.operands {
                let message = format!("the statement has more than {} operands", self.operands);
                return Err(Fault::too_large(next.span, message));
            }
            let operand = self.operand()?;
            self.items.push(operand);
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        Ok(())
    }

    /// A register or a part of it, or a physical qubit.
    pub(super) fn operand(&mut self) -> Result<ExprId, Fault> {
        let token = self.cursor.peek()?;
        if token.kind == Kind::HardwareQubit {
            return self.hardware(token);
        }
        let name = self.name("a register")?;
        let place = self.ast.add_expr(ExprKind::Name(name.symbol), name.span);
        self.indexed(place)
    }
}
