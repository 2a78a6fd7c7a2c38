//! Types of declarations, parameters and casts.

use super::super::ast::{ExprId, Type, TypeId};
use super::super::fault::Fault;
use super::super::names::Keyword;
use super::super::token::Kind;
use super::Parser;

impl Parser<'_> {
    /// A type of classical values.
    pub(super) fn classical_type(&mut self) -> Result<TypeId, Fault> {
        let token = self.cursor.peek()?;
        let Some(keyword) = self.keyword(token).filter(|keyword| keyword.is_classical_type()) else {
            return Err(self.cursor.unexpected(token, "a type"));
        };
        self.cursor.advance();
        let ty = match keyword {
            Keyword::Bit => Type::Bit(self.designator()?),
            Keyword::Bool => Type::Bool,
            Keyword::Int => Type::Int { signed: true, size: self.designator()? },
            Keyword::Uint => Type::Int { signed: false, size: self.designator()? },
            Keyword::Float => Type::Float(self.designator()?),
            Keyword::Angle => Type::Angle(self.designator()?),
            Keyword::Complex => {
                if self.cursor.eat(Kind::LeftBracket)? {
                    self.classical_type()?;
                    self.cursor.expect(Kind::RightBracket, "`]`")?;
                }
                Type::Complex
            }
            Keyword::Array => self.array(None)?,
            _ => Type::Duration,
        };
        Ok(self.ast.add_type(ty))
    }

    /// `[element, sizes]` behind `array`.
    pub(super) fn array(&mut self, mutable: Option<bool>) -> Result<Type, Fault> {
        let open = self.cursor.expect(Kind::LeftBracket, "`[`")?;
        self.descend(open)?;
        let element = self.classical_type()?;
        self.cursor.expect(Kind::Comma, "`,` and the array's sizes")?;
        // A reference may say the number of its dimensions only.
        if mutable.is_some() && self.cursor.eat(Kind::Hash)? {
            self.cursor.advance();
            self.cursor.expect(Kind::Equals, "`=`")?;
            self.expression()?;
            self.cursor.expect(Kind::RightBracket, "`]`")?;
            self.depth -= 1;
            let sizes = self.ast.add_list([]);
            return Ok(Type::Array { element, sizes, mutable });
        }
        let sizes = self.list(Kind::RightBracket, "`]`", Self::expression)?;
        self.depth -= 1;
        Ok(Type::Array { element, sizes, mutable })
    }

    /// The type of a subroutine's parameter, before its name.
    pub(super) fn parameter_type(&mut self) -> Result<TypeId, Fault> {
        let ty = match self.next_keyword()? {
            Some(Keyword::Qubit) => {
                self.cursor.advance();
                Type::Qubit(self.designator()?)
            }
            Some(mode @ (Keyword::Readonly | Keyword::Mutable | Keyword::Const)) => {
                self.cursor.advance();
                let token = self.cursor.peek()?;
                if self.keyword(token) != Some(Keyword::Array) {
                    return Err(self.cursor.unexpected(token, "`array`"));
                }
                self.cursor.advance();
                self.array(Some(mode == Keyword::Mutable))?
            }
            _ => return self.classical_type(),
        };
        Ok(self.ast.add_type(ty))
    }

    /// `[size]` of a type, if there is one.
    pub(super) fn designator(&mut self) -> Result<Option<ExprId>, Fault> {
        if !self.cursor.eat(Kind::LeftBracket)? {
            return Ok(None);
        }
        let size = self.expression()?;
        self.cursor.expect(Kind::RightBracket, "`]`")?;
        Ok(Some(size))
    }
}
