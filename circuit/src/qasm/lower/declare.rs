//! Declarations: names come to their meanings, and variables to their first values.

use std::rc::Rc;

use super::super::ast::{Ast, ExprId, ExprKind, Name, Storage, Type, TypeId};
use super::super::fault::Fault;
use super::super::scopes::{Cell, Meaning, Variable};
use super::super::value::{IntKind, Kind, Value, WIDEST, Wires, convert, index};
use super::place::Place;
use super::{Include, Lowering};
use crate::text::quote;

/// The most elements of an array.
const ELEMENTS: usize = 1 << 20;

impl<'s> Lowering<'s, '_> {
    /// Gives a name a meaning in the present scope.
    pub(super) fn bind(&mut self, ast: &Ast<'s>, name: Name, meaning: Meaning) -> Result<(), Fault> {
        // A register may have the name of a gate that was included: they never stand at one place.
        let is_gate = matches!(meaning, Meaning::Gate(_) | Meaning::Subroutine(_));
        let taken = self.scopes.is_declared_here(name.symbol) || is_gate && self.is_fixed_gate(ast, name);
        if taken {
            let message = format!("{} is declared twice", quote(ast.text(name.symbol)));
            return Err(Fault::invalid(name.span, message));
        }
        self.scopes.declare(name.symbol, meaning.clone());
        self.scopes.replace(name.symbol, meaning);
        Ok(())
    }

    /// Whether a name is that of a gate which was included.
    fn is_fixed_gate(&mut self, ast: &Ast<'s>, name: Name) -> bool {
        let old = self.tape.old;
        let Some(gate) = self.built_in(ast, name.symbol).filter(|_| self.scopes.is_global()) else {
            return false;
        };
        gate.is_fixed(old) && (self.included == Include::Library || gate.is_built_in(old))
    }

    /// Makes the name known as lost until its declaration succeeds.
    fn doubt<T>(&mut self, ast: &Ast<'s>, name: Name, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() && !self.scopes.is_declared_here(name.symbol) {
            let _ = ast;
            self.scopes.declare(name.symbol, Meaning::Lost);
        }
        result
    }

    pub(super) fn declare_qubits(
        &mut self,
        ast: &Ast<'s>,
        name: Name,
        size: Option<ExprId>,
    ) -> Result<(), Fault> {
        let wires = self.new_qubits(ast, name, size);
        let wires = self.doubt(ast, name, wires)?;
        self.bind(ast, name, Meaning::Qubits(wires))
    }

    fn new_qubits(&mut self, ast: &Ast<'s>, name: Name, size: Option<ExprId>) -> Result<Wires, Fault> {
        if !self.scopes.is_global() {
            return Err(Fault::invalid(name.span, "qubits can be declared only outside of all blocks"));
        }
        self.use_qubits(false, name.span)?;
        let (count, span) = match size {
            None => (1, name.span),
            Some(size) => (self.integer(ast, size)?, ast.span(size)),
        };
        if count < 1 {
            return Err(Fault::invalid(span, "a register has at least one element"));
        }
        let most = self.limits.qubits;
        let start = self.qubits;
        let Some(count) = u32::try_from(count).ok().filter(|&count| count <= most.saturating_sub(start))
        else {
            return Err(Fault::too_large(span, format!("the program declares more than {most} qubits")));
        };
        self.qubits += count;
        Ok(if size.is_some() { Wires::Run { start, count } } else { Wires::One(start) })
    }

    /// Notes that declared or physical qubits are used; a program has either.
    pub(super) fn use_qubits(&mut self, physical: bool, span: super::Span) -> Result<(), Fault> {
        if *self.physical.get_or_insert(physical) == physical {
            return Ok(());
        }
        Err(Fault::unsupported(span, "physical and declared qubits in one program are not supported"))
    }

    pub(super) fn declare(
        &mut self,
        ast: &Ast<'s>,
        storage: Storage,
        ty: TypeId,
        name: Name,
        value: Option<ExprId>,
        mark: usize,
    ) -> Result<(), Fault> {
        let result = self.declared(ast, storage, ty, name, value, mark);
        self.doubt(ast, name, result)
    }

    fn declared(
        &mut self,
        ast: &Ast<'s>,
        storage: Storage,
        ty: TypeId,
        name: Name,
        value: Option<ExprId>,
        mark: usize,
    ) -> Result<(), Fault> {
        let kind = self.kind(ast, ty)?;
        if matches!(storage, Storage::Input | Storage::Output) && !self.scopes.is_global() {
            return Err(Fault::invalid(name.span, "inputs and outputs are declared outside of all blocks"));
        }
        let value = match (storage, value) {
            (Storage::Input, _) => Some((self.input(ast, &kind, name)?, name.span)),
            // A measurement straight into the new bits.
            (Storage::Variable, Some(id))
                if matches!(kind, Kind::Bit | Kind::Bits(_))
                    && let ExprKind::Measure(source) = ast.expr(id).kind =>
            {
                self.qubits_of(ast, source)?;
                let bits = self.new_bits(ast, &kind, name)?;
                return self.measure_into(ast, source, Place::Bits(bits), name.span, mark);
            }
            (_, Some(id)) => Some((self.value(ast, id)?, ast.span(id))),
            (_, None) => None,
        };
        let value = match value {
            Some((value, span)) => Some(convert(&mut self.tape, value, &kind, span)?),
            None => None,
        };
        match (storage, &kind) {
            (Storage::Const | Storage::Input, _) => {
                let value = value.unwrap_or_else(|| kind.zero());
                require_known(ast, &value, name, storage)?;
                self.bind(ast, name, Meaning::Constant(value))
            }
            (_, Kind::Bit | Kind::Bits(_)) => {
                let bits = self.new_bits(ast, &kind, name)?;
                let Some(value) = value else { return Ok(()) };
                // A first value does not make the answer wider.
                let output_bits = self.output_bits;
                let known = value.is_known();
                self.write(Place::Bits(bits), value, name.span, mark)?;
                if known {
                    self.output_bits = output_bits;
                }
                Ok(())
            }
            _ => {
                let variable = self.new_variable(kind, true);
                self.bind(ast, name, Meaning::Variable(variable))?;
                let Some(value) = value else { return Ok(()) };
                let place = self.whole(variable);
                self.write(place, value, name.span, mark)
            }
        }
    }

    /// The value that the caller bound to an input.
    fn input(&mut self, ast: &Ast<'s>, kind: &Kind, name: Name) -> Result<Value, Fault> {
        let text = ast.text(name.symbol);
        self.symbols.declare(text);
        let number = match self.symbols.resolve(text) {
            Ok(number) => number,
            Err(None) => return Err(Fault::consequence()),
            Err(Some(problem)) => {
                return Err(Fault::invalid(name.span, problem.message).suggest(problem.suggestion));
            }
        };
        let whole = number.fract() == 0.0 && number.abs() < 9e15;
        Ok(match kind {
            Kind::Int(_) | Kind::Bit | Kind::Bits(_) | Kind::Bool if whole => Value::int(number as i128),
            Kind::Int(_) | Kind::Bit | Kind::Bits(_) | Kind::Bool => {
                let message =
                    format!("the input {} is {}, and its value is {number}", quote(text), kind.describe());
                return Err(Fault::invalid(name.span, message));
            }
            Kind::Duration => Value::Duration(number * 1e9),
            _ => Value::Float(number),
        })
    }

    /// New bits: a part of the answer where they are global, else scratch bits. They hold 0.
    pub(super) fn new_bits(&mut self, ast: &Ast<'s>, kind: &Kind, name: Name) -> Result<Wires, Fault> {
        let count = if let Kind::Bits(count) = kind { *count } else { 1 };
        let wires = if self.scopes.is_global() {
            let start = self.bits;
            let most = self.limits.clbits;
            if count > most.saturating_sub(start) {
                let message = format!("the program declares more than {most} bits");
                return Err(Fault::invalid(name.span, message));
            }
            self.bits += count;
            self.tape.declare(count);
            Wires::Run { start, count }
        } else {
            let mut homes = Vec::new();
            for _ in 0..count {
                let bit = self.tape.take();
                self.tape.clear(bit)?;
                homes.push(bit);
            }
            // A variable that has nothing but homes gives them back when the scope ends.
            let cell = Cell { value: Value::Nothing, homes: homes.clone() };
            let guard = self.tape.guard;
            self.scopes.variables.push(Variable {
                kind: Kind::Bit,
                cells: vec![cell],
                mutable: false,
                guard,
            });
            Wires::register(homes)
        };
        let wires = if *kind == Kind::Bit { Wires::One(wires.nth(0)) } else { wires };
        self.bind(ast, name, Meaning::Bits(wires.clone()))?;
        Ok(wires)
    }

    /// A new variable with the value zero.
    pub(super) fn new_variable(&mut self, kind: Kind, mutable: bool) -> usize {
        let (element, count) = match &kind {
            Kind::Array(element, sizes) => (element.zero(), sizes.iter().product()),
            kind => (kind.zero(), 1),
        };
        let cells = vec![Cell { value: element, homes: Vec::new() }; count];
        let guard = self.tape.guard;
        self.scopes.variables.push(Variable { kind, cells, mutable, guard });
        self.scopes.variables.len() - 1
    }

    /// `let`: another name for qubits or bits.
    pub(super) fn declare_alias(&mut self, ast: &Ast<'s>, name: Name, value: ExprId) -> Result<(), Fault> {
        let meaning = self.alias(ast, value);
        let meaning = self.doubt(ast, name, meaning)?;
        self.bind(ast, name, meaning)
    }

    fn alias(&mut self, ast: &Ast<'s>, value: ExprId) -> Result<Meaning, Fault> {
        let ExprKind::Concatenation(parts) = ast.expr(value).kind else {
            return Ok(match self.place(ast, value)? {
                Place::Qubits(wires) => Meaning::Qubits(wires),
                Place::Bits(wires) => Meaning::Bits(wires),
                place => Meaning::Constant(self.read(&place, ast.span(value))?),
            });
        };
        let (mut all, mut are_bits) = (Vec::new(), None);
        for &part in ast.list(parts) {
            let (wires, bits) = match self.place(ast, part)? {
                Place::Qubits(wires) => (wires, false),
                Place::Bits(wires) => (wires, true),
                _ => return Err(Fault::invalid(ast.span(part), "only registers can be joined to an alias")),
            };
            if *are_bits.get_or_insert(bits) != bits {
                return Err(Fault::invalid(ast.span(part), "qubits and bits cannot be joined"));
            }
            self.count(u64::from(wires.count()))?;
            all.extend(wires.iter());
        }
        let mut sorted = all.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Fault::invalid(ast.span(value), "a register cannot be joined with a part of itself"));
        }
        let wires = Wires::register(all);
        Ok(if are_bits == Some(true) { Meaning::Bits(wires) } else { Meaning::Qubits(wires) })
    }

    /// A type with its sizes.
    pub(super) fn kind(&mut self, ast: &Ast<'s>, ty: TypeId) -> Result<Kind, Fault> {
        Ok(match ast.ty(ty) {
            Type::Qubit(size) => Kind::Qubit(self.width(ast, size, self.limits.qubits)?),
            Type::Bit(None) => Kind::Bit,
            Type::Bit(size) => Kind::Bits(self.width(ast, size, self.limits.clbits)?.unwrap_or(1)),
            Type::Bool => Kind::Bool,
            Type::Int { signed, size } => {
                Kind::Int(IntKind { signed, width: self.width(ast, size, WIDEST)? })
            }
            Type::Float(size) => {
                self.width(ast, size, WIDEST)?;
                Kind::Float
            }
            Type::Angle(size) => Kind::Angle(self.width(ast, size, WIDEST)?),
            Type::Complex => Kind::Complex,
            Type::Duration => Kind::Duration,
            Type::Array { element, sizes, .. } => {
                let element = self.kind(ast, element)?;
                let mut lengths = Vec::new();
                for &size in ast.list(sizes) {
                    let length = self.integer(ast, size)?;
                    let total: usize = lengths.iter().product();
                    let fits =
                        usize::try_from(length).ok().filter(|&length| length <= ELEMENTS / total.max(1));
                    let Some(length) = fits else {
                        let message = format!("an array has at most {ELEMENTS} elements");
                        return Err(Fault::too_large(ast.span(size), message));
                    };
                    lengths.push(length);
                }
                if lengths.len() > 7 {
                    return Err(Fault::invalid(self.tape.at, "an array has at most 7 dimensions"));
                }
                self.count(lengths.iter().product::<usize>() as u64)?;
                Kind::Array(Rc::new(element), lengths.into())
            }
        })
    }

    fn width(&mut self, ast: &Ast<'s>, size: Option<ExprId>, most: u32) -> Result<Option<u32>, Fault> {
        let Some(id) = size else { return Ok(None) };
        let value = self.value(ast, id)?;
        let width = index(&value, ast.span(id))?;
        if width < 1 {
            return Err(Fault::invalid(ast.span(id), "a register has at least one element"));
        }
        let width = u32::try_from(width).ok().filter(|&width| width <= most);
        let message = || format!("a type of more than {most} bits is not supported");
        width.map(Some).ok_or_else(|| Fault::invalid(ast.span(id), message()))
    }

    /// The whole of a variable, to be read or written.
    pub(super) fn whole(&self, variable: usize) -> Place {
        let shape = match self.scopes.variables.get(variable).map(|variable| &variable.kind) {
            Some(Kind::Array(_, sizes)) => sizes.to_vec(),
            _ => Vec::new(),
        };
        let cells = (0..shape.iter().product()).collect();
        Place::Cells { variable, cells, shape }
    }
}

/// That a constant is one.
fn require_known(ast: &Ast<'_>, value: &Value, name: Name, storage: Storage) -> Result<(), Fault> {
    if storage == Storage::Input || value.is_known() {
        return Ok(());
    }
    let message = format!("the constant {} depends on a measurement", quote(ast.text(name.symbol)));
    Err(Fault::invalid(name.span, message))
}
