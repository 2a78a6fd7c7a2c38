//! Declarations and definitions.

use super::super::ast::{Definition, Name, Parameter, Statement, Storage, Type, TypeId};
use super::super::fault::Fault;
use super::super::names::Keyword;
use super::super::token::{Kind, Token};
use super::Parser;

impl Parser<'_> {
    /// `qubit[size] name;` or `qreg name[size];`
    pub(super) fn qubits(&mut self, keyword: Keyword) -> Result<u32, Fault> {
        self.cursor.advance();
        let (name, size) = if keyword == Keyword::Qubit {
            let size = self.designator()?;
            (self.new_name()?, size)
        } else {
            self.old_declarator()?
        };
        self.semicolon()?;
        Ok(self.add(name.span, Statement::Qubits { name, size }))
    }

    /// `creg name[size];`
    pub(super) fn old_bits(&mut self) -> Result<u32, Fault> {
        self.cursor.advance();
        let (name, size) = self.old_declarator()?;
        self.semicolon()?;
        let ty = self.ast.add_type(Type::Bit(size));
        Ok(self.add(name.span, Statement::Declare { storage: Storage::Variable, ty, name, value: None }))
    }

    fn old_declarator(&mut self) -> Result<(Name, Option<super::super::ast::ExprId>), Fault> {
        let name = self.new_name()?;
        let size = self.designator()?;
        if self.old && size.is_none() {
            let next = self.cursor.peek()?;
            return Err(self.cursor.unexpected(next, "the register's size in brackets"));
        }
        Ok((name, size))
    }

    /// A variable with its type, or a cast that stands alone.
    pub(super) fn declaration(&mut self) -> Result<u32, Fault> {
        let token = self.cursor.peek()?;
        let ty = self.classical_type()?;
        if self.cursor.kind()? == Kind::LeftParen {
            let cast = self.cast(token, ty)?;
            let value = self.expression_after(cast)?;
            self.semicolon()?;
            return Ok(self.add(token.span, Statement::Expression(value)));
        }
        self.declarator(Storage::Variable, ty)
    }

    /// `const`, `input` and `output`.
    pub(super) fn stored(&mut self, keyword: Keyword) -> Result<u32, Fault> {
        self.cursor.advance();
        let storage = match keyword {
            Keyword::Const => Storage::Const,
            Keyword::Input => Storage::Input,
            _ => Storage::Output,
        };
        let ty = self.classical_type()?;
        self.declarator(storage, ty)
    }

    fn declarator(&mut self, storage: Storage, ty: TypeId) -> Result<u32, Fault> {
        let name = self.new_name()?;
        let value = if self.cursor.eat(Kind::Equals)? { Some(self.value()?) } else { None };
        if storage == Storage::Const && value.is_none() {
            let next = self.cursor.peek()?;
            return Err(self.cursor.unexpected(next, "`=` and the constant's value"));
        }
        if let (Storage::Input | Storage::Output, Some(value)) = (storage, value) {
            let message = "an input or output has no value of its own";
            return Err(Fault::invalid(self.ast.span(value), message));
        }
        self.semicolon()?;
        Ok(self.add(name.span, Statement::Declare { storage, ty, name, value }))
    }

    /// `let name = … ++ …;`
    pub(super) fn alias(&mut self) -> Result<u32, Fault> {
        self.cursor.advance();
        let name = self.new_name()?;
        self.cursor.expect(Kind::Equals, "`=`")?;
        let value = self.value()?;
        self.semicolon()?;
        Ok(self.add(name.span, Statement::Alias { name, value }))
    }

    /// `gate name(parameters) qubits { … }`
    pub(super) fn gate(&mut self) -> Result<u32, Fault> {
        self.cursor.advance();
        let name = self.new_name()?;
        let start = self.ast.parameters.len() as u32;
        if self.cursor.eat(Kind::LeftParen)? {
            self.formal_names(Kind::RightParen)?;
            self.cursor.expect(Kind::RightParen, "`,` or `)`")?;
        }
        let middle = self.ast.parameters.len() as u32;
        self.formal_names(Kind::LeftBrace)?;
        let end = self.ast.parameters.len() as u32;
        if middle == end {
            return Err(Fault::invalid(name.span, "a gate acts on at least one qubit"));
        }
        let body = self.block()?;
        let (parameters, qubits) = ((start, middle), (middle, end));
        self.ast.definitions.push(Definition { name, parameters, qubits, returns: None, body });
        let index = self.ast.definitions.len() as u32 - 1;
        Ok(self.add(name.span, Statement::Gate(index)))
    }

    fn formal_names(&mut self, close: Kind) -> Result<(), Fault> {
        while self.cursor.kind()? != close {
            let declaring = self.declaring;
            let name = self.name("a name")?;
            self.declaring = declaring;
            self.ast.parameters.push(Parameter { name, ty: None });
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        Ok(())
    }

    /// `def name(parameters) -> type { … }`
    pub(super) fn subroutine(&mut self) -> Result<u32, Fault> {
        self.cursor.advance();
        let name = self.new_name()?;
        self.cursor.expect(Kind::LeftParen, "`(`")?;
        let start = self.ast.parameters.len() as u32;
        while self.cursor.kind()? != Kind::RightParen {
            self.formal_parameter()?;
            if !self.cursor.eat(Kind::Comma)? {
                break;
            }
        }
        self.cursor.expect(Kind::RightParen, "`,` or `)`")?;
        let end = self.ast.parameters.len() as u32;
        let returns = if self.cursor.eat(Kind::Arrow)? { Some(self.classical_type()?) } else { None };
        let body = self.block()?;
        self.ast.definitions.push(Definition {
            name,
            parameters: (start, end),
            qubits: (end, end),
            returns,
            body,
        });
        let index = self.ast.definitions.len() as u32 - 1;
        Ok(self.add(name.span, Statement::Subroutine(index)))
    }

    fn formal_parameter(&mut self) -> Result<(), Fault> {
        let declaring = self.declaring;
        let (name, ty) = if let Some(keyword @ (Keyword::Qreg | Keyword::Creg)) = self.next_keyword()? {
            self.cursor.advance();
            let (name, size) = self.old_declarator()?;
            let ty = if keyword == Keyword::Qreg { Type::Qubit(size) } else { Type::Bit(size) };
            (name, self.ast.add_type(ty))
        } else {
            let ty = self.parameter_type()?;
            (self.name("a name")?, ty)
        };
        self.declaring = declaring;
        self.ast.parameters.push(Parameter { name, ty: Some(ty) });
        Ok(())
    }

    /// What is defined outside of the language: read to its end, and refused.
    pub(super) fn foreign(&mut self, keyword: Keyword, token: Token) -> Result<u32, Fault> {
        let what = match keyword {
            Keyword::Opaque => "opaque gates",
            Keyword::Extern => "external functions",
            _ => "calibrations",
        };
        let fault = Fault::unsupported(token.span, format!("{what} are not supported"));
        if matches!(keyword, Keyword::Cal | Keyword::Defcal) {
            self.cursor.skip_foreign();
            return Err(fault);
        }
        self.cursor.advance();
        let name = self.new_name()?;
        self.cursor.skip_statement(|_| false);
        self.faults.push(fault);
        Ok(self.add(name.span, Statement::Lost(name.symbol)))
    }
}
