//! Statements as written, before anything is looked up.
//!
//! Everything lies in a few flat lists, and nodes name each other by index: a statement costs no
//! allocation of its own, and what was carried out can be cut off again ([`Ast::mark`]).

use super::names::{Names, Symbol};
use super::token::Span;

/// A name and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) symbol: Symbol,
    pub(super) span: Span,
}

/// Index of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExprId(pub(super) u32);

/// Expressions one behind the other in [`Ast::items`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct List {
    start: u32,
    end: u32,
}

/// Statements one behind the other in [`Ast::blocks`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    start: u32,
    end: u32,
    /// Whether something in it may write a classical bit.
    pub(super) writes: bool,
}

/// A gate's or a subroutine's definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    pub(super) name: Name,
    /// Parameters: in [`Ast::parameters`], from the first to before the second.
    pub(super) parameters: (u32, u32),
    /// A gate's qubits, likewise.
    pub(super) qubits: (u32, u32),
    pub(super) returns: Option<TypeId>,
    pub(super) body: Block,
}

/// A formal parameter; gates' have no type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: Name,
    pub(super) ty: Option<TypeId>,
}

/// Index of a type.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeId(pub(super) u32);

/// A type as written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Qubit(Option<ExprId>),
    Bit(Option<ExprId>),
    Bool,
    Int {
        signed: bool,
        size: Option<ExprId>,
    },
    Float(Option<ExprId>),
    Angle(Option<ExprId>),
    Complex,
    Duration,
    /// The sizes of all dimensions; for a reference, they may be left open.
    Array {
        element: TypeId,
        sizes: List,
        mutable: Option<bool>,
    },
}

/// How a name comes to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Variable,
    Const,
    Input,
    Output,
}

/// One statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Statement {
    /// `include "…";`, the span of the path without its quotes.
    Include(Span),
    Qubits {
        name: Name,
        size: Option<ExprId>,
    },
    Declare {
        storage: Storage,
        ty: TypeId,
        name: Name,
        value: Option<ExprId>,
    },
    Alias {
        name: Name,
        value: ExprId,
    },
    /// A definition, as an index into [`Ast::definitions`].
    Gate(u32),
    Subroutine(u32),
    /// A gate on qubits, with its modifiers as `(first, end)` in [`Ast::modifiers`].
    Call {
        gate: Name,
        modifiers: (u32, u32),
        angles: List,
        operands: List,
    },
    Assign {
        target: ExprId,
        operator: Option<Binary>,
        value: ExprId,
    },
    /// A measurement, perhaps into bits.
    Measure {
        source: ExprId,
        target: Option<ExprId>,
    },
    Reset(ExprId),
    Barrier(List),
    Delay {
        duration: ExprId,
        operands: List,
    },
    Box(Block),
    Scope(Block),
    If {
        condition: ExprId,
        then: Block,
        otherwise: Block,
    },
    For {
        ty: TypeId,
        name: Name,
        values: ExprId,
        body: Block,
    },
    While {
        condition: ExprId,
        body: Block,
    },
    /// The cases are in [`Ast::cases`]; the default comes last, without values.
    Switch {
        target: ExprId,
        cases: (u32, u32),
    },
    Break,
    Continue,
    Return(Option<ExprId>),
    End,
    Expression(ExprId),
    /// What may be ignored, as a text for the warning.
    Ignored(&'static str),
    Nop,
    /// A declaration that is broken: its fault was reported, and the name is lost.
    Lost(Symbol),
}

/// A case of a switch; without values it is the default.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) values: List,
    pub(super) is_default: bool,
    pub(super) body: Block,
}

/// A modifier of a gate.
#[derive(Debug, Clone, Copy)]
pub(super) enum Modifier {
    /// Controls that act on 1 or on 0, and how many.
    Control {
        active_on: bool,
        count: Option<ExprId>,
    },
    Inverse,
    Power(ExprId),
}

/// An expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, Copy)]
pub(super) enum ExprKind {
    Integer(u64),
    Float(f64),
    Imaginary(f64),
    /// Nanoseconds, or samples where there is no other unit.
    Timing(f64),
    Bool(bool),
    /// The digits are at the span, within quotes.
    Bits,
    Name(Symbol),
    Hardware(u32),
    Unary(Unary, ExprId),
    Binary(Binary, ExprId, ExprId),
    Call(Symbol, List),
    Cast(TypeId, ExprId),
    Index(ExprId, List),
    Range {
        start: Option<ExprId>,
        step: Option<ExprId>,
        stop: Option<ExprId>,
    },
    Set(List),
    Concatenation(List),
    Measure(ExprId),
    DurationOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Negate,
    Not,
    Complement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    ShiftLeft,
    ShiftRight,
    Less,
    LessOrSame,
    Greater,
    GreaterOrSame,
    Same,
    Different,
    BitAnd,
    BitXor,
    BitOr,
    And,
    Or,
}

/// A program's nodes.
#[derive(Debug)]
pub(super) struct Ast<'s> {
    pub(super) names: Names<'s>,
    exprs: Vec<Expr>,
    items: Vec<ExprId>,
    statements: Vec<(Statement, Span)>,
    blocks: Vec<u32>,
    types: Vec<Type>,
    pub(super) definitions: Vec<Definition>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) modifiers: Vec<(Modifier, Span)>,
    pub(super) cases: Vec<Case>,
}

/// How much there was at some time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark([usize; 7]);

impl<'s> Ast<'s> {
    pub(super) fn new() -> Self {
        Self {
            names: Names::new(),
            exprs: Vec::new(),
            items: Vec::new(),
            statements: Vec::new(),
            blocks: Vec::new(),
            types: Vec::new(),
            definitions: Vec::new(),
            parameters: Vec::new(),
            modifiers: Vec::new(),
            cases: Vec::new(),
        }
    }

    /// Notes the present end of all lists.
    pub(super) fn mark(&self) -> Mark {
        Mark([
            self.exprs.len(),
            self.items.len(),
            self.statements.len(),
            self.blocks.len(),
            self.types.len(),
            self.modifiers.len(),
            self.cases.len(),
        ])
    }

    /// Forgets all that came after a mark. Definitions must not be among it.
    pub(super) fn cut(&mut self, Mark([exprs, items, statements, blocks, types, modifiers, cases]): Mark) {
        self.exprs.truncate(exprs);
        self.items.truncate(items);
        self.statements.truncate(statements);
        self.blocks.truncate(blocks);
        self.types.truncate(types);
        self.modifiers.truncate(modifiers);
        self.cases.truncate(cases);
    }

    pub(super) fn add_expr(&mut self, kind: ExprKind, span: Span) -> ExprId {
        self.exprs.push(Expr { kind, span });
        ExprId(self.exprs.len() as u32 - 1)
    }

    pub(super) fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    pub(super) fn span(&self, id: ExprId) -> Span {
        self.expr(id).span
    }

    pub(super) fn add_list(&mut self, items: impl IntoIterator<Item = ExprId>) -> List {
        let start = self.items.len() as u32;
        self.items.extend(items);
        List { start, end: self.items.len() as u32 }
    }

    pub(super) fn list(&self, list: List) -> &[ExprId] {
        &self.items[list.start as usize..list.end as usize]
    }

    pub(super) fn add_statement(&mut self, statement: Statement, span: Span) -> u32 {
        self.statements.push((statement, span));
        self.statements.len() as u32 - 1
    }

    pub(super) fn statement(&self, id: u32) -> (Statement, Span) {
        self.statements[id as usize]
    }

    pub(super) fn add_block(&mut self, statements: impl IntoIterator<Item = u32>, writes: bool) -> Block {
        let start = self.blocks.len() as u32;
        self.blocks.extend(statements);
        Block { start, end: self.blocks.len() as u32, writes }
    }

    pub(super) fn block(&self, block: Block) -> &[u32] {
        &self.blocks[block.start as usize..block.end as usize]
    }

    pub(super) fn add_type(&mut self, ty: Type) -> TypeId {
        self.types.push(ty);
        TypeId(self.types.len() as u32 - 1)
    }

    pub(super) fn ty(&self, id: TypeId) -> Type {
        self.types[id.0 as usize]
    }

    pub(super) fn text(&self, symbol: Symbol) -> &'s str {
        self.names.text(symbol)
    }
}

impl List {
    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl Block {
    pub(super) fn is_empty(self) -> bool {
        self.start == self.end
    }
}
