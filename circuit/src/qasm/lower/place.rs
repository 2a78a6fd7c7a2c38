//! Places: what a name with indices refers to, for reading and for writing.

use std::rc::Rc;

use super::super::ast::{Ast, ExprId, ExprKind, List, Name};
use super::super::fault::Fault;
use super::super::scopes::Meaning;
use super::super::tape::Lit;
use super::super::token::Span;
use super::super::value::{IntKind, Kind, Value, Wires, WordKind, convert, index};
use super::Lowering;
use crate::text::{nearest, quote};

/// Something that has a value, and perhaps can be written.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Qubits(Wires),
    Bits(Wires),
    /// Cells of a variable, as an array of this shape; a single one where it has no dimensions.
    Cells {
        variable: usize,
        cells: Vec<usize>,
        shape: Vec<usize>,
    },
    /// Bits of one cell; a single one, or a register.
    CellBits {
        variable: usize,
        cell: usize,
        bits: Vec<u32>,
        single: bool,
    },
    Value(Value),
}

/// Which elements an index means.
enum Chosen {
    One(usize),
    Many(Vec<usize>),
}

impl<'s> Lowering<'s, '_> {
    /// What an expression refers to.
    pub(super) fn place(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Place, Fault> {
        let expr = ast.expr(id);
        match expr.kind {
            ExprKind::Name(symbol) => match self.scopes.find(symbol) {
                Some(Meaning::Qubits(wires)) => Ok(Place::Qubits(wires.clone())),
                Some(Meaning::Bits(wires)) => Ok(Place::Bits(wires.clone())),
                Some(Meaning::Constant(value)) => Ok(Place::Value(value.clone())),
                Some(&Meaning::Variable(variable)) => Ok(self.whole(variable)),
                Some(Meaning::Gate(_) | Meaning::Subroutine(_)) => {
                    let message = format!("{} is no value", quote(ast.text(symbol)));
                    Err(Fault::invalid(expr.span, message))
                }
                Some(Meaning::Lost) => Err(Fault::consequence()),
                None => self.unknown(ast, Name { symbol, span: expr.span }),
            },
            ExprKind::Hardware(number) => {
                self.use_qubits(true, expr.span)?;
                if number >= self.limits.qubits {
                    let message = format!("the program has more than {} qubits", self.limits.qubits);
                    return Err(Fault::too_large(expr.span, message));
                }
                self.qubits = self.qubits.max(number + 1);
                Ok(Place::Qubits(Wires::One(number)))
            }
            ExprKind::Index(base, indices) => {
                let base_place = self.place(ast, base)?;
                self.element(ast, base_place, indices, expr.span)
            }
            _ => self.value(ast, id).map(Place::Value),
        }
    }

    /// A name that has no meaning of the program's own: a constant of the language, or a mistake.
    fn unknown(&mut self, ast: &Ast<'s>, name: Name) -> Result<Place, Fault> {
        let text = ast.text(name.symbol);
        if let Some(number) = super::super::value::constant(text, self.tape.old) {
            return Ok(Place::Value(Value::Float(number)));
        }
        Err(self.undeclared(ast, name))
    }

    pub(super) fn undeclared(&self, ast: &Ast<'s>, name: Name) -> Fault {
        let text = ast.text(name.symbol);
        let own =
            self.scopes.visible().filter(|(_, meaning)| !matches!(meaning, Meaning::Gate(_))).take(1_000);
        let own = own.map(|(symbol, _)| ast.text(symbol));
        let near = nearest(text, own.chain(super::super::value::NAMES));
        Fault::invalid(name.span, format!("{} is not declared", quote(text)))
            .suggest(near.map(|near| format!("did you mean `{near}`?")))
    }

    /// The qubits that an operand means.
    pub(super) fn qubits_of(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Wires, Fault> {
        // Most operands are one element of a declared register.
        if let ExprKind::Index(base, indices) = ast.expr(id).kind
            && let (ExprKind::Name(symbol), [index]) = (ast.expr(base).kind, ast.list(indices))
            && let ExprKind::Integer(index) = ast.expr(*index).kind
            && let Some(&Meaning::Qubits(Wires::Run { start, count })) = self.scopes.find(symbol)
            && index < u64::from(count)
        {
            return Ok(Wires::One(start + index as u32));
        }
        let wrong = |what: &str| {
            let name = match ast.expr(id).kind {
                ExprKind::Name(symbol) => format!("{} is", quote(ast.text(symbol))),
                _ => "this is".into(),
            };
            Err(Fault::invalid(ast.span(id), format!("expected qubits, and {name} {what}")))
        };
        match self.place(ast, id)? {
            Place::Qubits(wires) => Ok(wires),
            Place::Bits(_) => {
                let message = format!("expected qubits, and {} are bits", Self::shown(ast, id));
                Err(Fault::invalid(ast.span(id), message))
            }
            Place::Cells { .. } | Place::CellBits { .. } => wrong("a variable"),
            Place::Value(value) => wrong(value.describe()),
        }
    }

    /// A place's name, for messages.
    pub(super) fn shown(ast: &Ast<'s>, id: ExprId) -> String {
        Self::root(ast, id).map_or("these".into(), |root| quote(ast.text(root)))
    }

    /// The name that a place begins with.
    fn root(ast: &Ast<'s>, mut id: ExprId) -> Option<super::super::names::Symbol> {
        while let ExprKind::Index(base, _) = ast.expr(id).kind {
            id = base;
        }
        match ast.expr(id).kind {
            ExprKind::Name(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// What an index chooses of a place.
    fn element(&mut self, ast: &Ast<'s>, base: Place, indices: List, span: Span) -> Result<Place, Fault> {
        match base {
            Place::Qubits(wires) => Ok(Place::Qubits(self.select(ast, &wires, indices, "qubit", span)?)),
            Place::Bits(wires) => Ok(Place::Bits(self.select(ast, &wires, indices, "bit", span)?)),
            Place::Cells { variable, cells, shape } if !shape.is_empty() => {
                let (cells, shape) = self.elements(ast, &cells, &shape, indices, span)?;
                Ok(Place::Cells { variable, cells, shape })
            }
            Place::Cells { variable, cells, .. } => {
                let cell = cells.first().copied().unwrap_or(0);
                let kind = self.scopes.variables.get(variable).map(|variable| match &variable.kind {
                    Kind::Array(element, _) => (**element).clone(),
                    kind => kind.clone(),
                });
                let width = match kind {
                    Some(
                        Kind::Int(IntKind { width: Some(width), .. })
                        | Kind::Angle(Some(width))
                        | Kind::Bits(width),
                    ) => width,
                    Some(kind) => {
                        let message =
                            format!("the bits of a variable of type {} cannot be indexed", kind.describe());
                        return Err(Fault::invalid(span, message));
                    }
                    None => return Err(Fault::consequence()),
                };
                let wires = self.select(ast, &Wires::Run { start: 0, count: width }, indices, "bit", span)?;
                let single = wires.is_single();
                Ok(Place::CellBits { variable, cell, bits: wires.iter().collect(), single })
            }
            Place::CellBits { variable, cell, bits, .. } => {
                let wires = self.select(ast, &Wires::register(bits), indices, "bit", span)?;
                let single = wires.is_single();
                Ok(Place::CellBits { variable, cell, bits: wires.iter().collect(), single })
            }
            Place::Value(value) => self.part(ast, &value, indices, span).map(Place::Value),
        }
    }

    /// A part of a value that is no variable's.
    fn part(&mut self, ast: &Ast<'s>, value: &Value, indices: List, span: Span) -> Result<Value, Fault> {
        let items = match value {
            Value::Array(items) => items,
            Value::Qubits(wires) => {
                return Ok(Value::Qubits(self.select(ast, wires, indices, "qubit", span)?));
            }
            _ => {
                let bits: Rc<[Lit]> = match value {
                    Value::Word(bits, _) => Rc::clone(bits),
                    Value::Int(_, IntKind { width: Some(width), .. }) | Value::Angle(_, Some(width)) => {
                        let kind = Kind::Bits(*width);
                        match convert(&mut self.tape, value.clone(), &kind, span)? {
                            Value::Word(bits, _) => bits,
                            _ => return Err(Fault::consequence()),
                        }
                    }
                    _ => return Err(Fault::invalid(span, format!("{} has no index", value.describe()))),
                };
                let all = Wires::Run { start: 0, count: bits.len() as u32 };
                let chosen = self.select(ast, &all, indices, "bit", span)?;
                let at = |place: u32| bits.get(place as usize).copied().unwrap_or(Lit::FALSE);
                return Ok(match chosen {
                    Wires::One(place) => Value::Bit(at(place)),
                    many => Value::word(many.iter().map(at).collect::<Vec<_>>(), WordKind::Bits),
                });
            }
        };
        let Some((&first, rest)) = ast.list(indices).split_first() else { return Ok(value.clone()) };
        let pick = |place: usize| items.get(place).cloned().unwrap_or(Value::Nothing);
        let mut part = match self.chosen(ast, first, items.len())? {
            Chosen::One(place) => pick(place),
            Chosen::Many(places) => Value::Array(Rc::new(places.into_iter().map(pick).collect())),
        };
        for &next in rest {
            let Value::Array(items) = &part else {
                return Err(Fault::invalid(ast.span(next), "the array has fewer dimensions"));
            };
            let Chosen::One(place) = self.chosen(ast, next, items.len())? else {
                return Err(Fault::unsupported(
                    ast.span(next),
                    "slices of inner dimensions are not supported here",
                ));
            };
            part = items.get(place).cloned().unwrap_or(Value::Nothing);
        }
        Ok(part)
    }

    /// Elements of a register.
    fn select(
        &mut self,
        ast: &Ast<'s>,
        wires: &Wires,
        indices: List,
        what: &str,
        span: Span,
    ) -> Result<Wires, Fault> {
        if wires.is_single() {
            let place = ast.list(indices).first().map_or(span, |&id| ast.span(id));
            return Err(Fault::invalid(place, format!("a single {what} has no index")));
        }
        let size = wires.count() as usize;
        let nth = |place: usize| wires.nth(place as u32);
        if let [only] = *ast.list(indices) {
            return Ok(match self.chosen(ast, only, size)? {
                Chosen::One(place) => Wires::One(nth(place)),
                Chosen::Many(places) => {
                    let chosen: Vec<u32> = places.into_iter().map(nth).collect();
                    let mut sorted = chosen.clone();
                    sorted.sort_unstable();
                    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
                        return Err(Fault::invalid(ast.span(only), "an element is chosen twice"));
                    }
                    Wires::register(chosen)
                }
            });
        }
        // A list of indices, as older programs have them.
        let mut chosen = Vec::new();
        for &id in ast.list(indices) {
            match self.chosen(ast, id, size)? {
                Chosen::One(place) => chosen.push(nth(place)),
                Chosen::Many(places) => chosen.extend(places.into_iter().map(nth)),
            }
        }
        Ok(Wires::register(chosen))
    }

    /// Elements of an array.
    fn elements(
        &mut self,
        ast: &Ast<'s>,
        cells: &[usize],
        shape: &[usize],
        indices: List,
        span: Span,
    ) -> Result<(Vec<usize>, Vec<usize>), Fault> {
        if indices.len() > shape.len() {
            let message =
                format!("the array has {} dimensions, and there are {} indices", shape.len(), indices.len());
            return Err(Fault::invalid(span, message));
        }
        // Offsets within the cells, grown dimension by dimension.
        let (mut offsets, mut kept) = (vec![0], Vec::new());
        for (&id, &size) in ast.list(indices).iter().zip(shape) {
            let places = match self.chosen(ast, id, size)? {
                Chosen::One(place) => vec![place],
                Chosen::Many(places) => {
                    kept.push(places.len());
                    places
                }
            };
            self.count((offsets.len() * places.len()) as u64)?;
            offsets = offsets
                .iter()
                .flat_map(|offset| places.iter().map(move |place| offset * size + place))
                .collect();
        }
        let rest = &shape[indices.len()..];
        let stride: usize = rest.iter().product();
        self.count((offsets.len() * stride) as u64)?;
        let chosen = offsets.iter().flat_map(|offset| (0..stride).map(move |inner| offset * stride + inner));
        let chosen = chosen.map(|offset| cells.get(offset).copied().unwrap_or(0)).collect();
        kept.extend_from_slice(rest);
        Ok((chosen, kept))
    }

    /// The elements that an index means, of so many.
    fn chosen(&mut self, ast: &Ast<'s>, id: ExprId, size: usize) -> Result<Chosen, Fault> {
        let span = ast.span(id);
        match ast.expr(id).kind {
            ExprKind::Range { start, step, stop } => {
                let step = match step {
                    Some(step) => self.integer(ast, step)?,
                    None => 1,
                };
                let (first, last) = if step < 0 { (-1, 0) } else { (0, -1) };
                let start = self.bound(ast, start, first, size, span)?;
                let stop = self.bound(ast, stop, last, size, span)?;
                let places = self.sequence(start as i128, step, stop as i128, span)?;
                if places.is_empty() {
                    return Err(Fault::invalid(span, "the range has no elements"));
                }
                Ok(Chosen::Many(places.into_iter().map(|place| place as usize).collect()))
            }
            ExprKind::Set(items) => {
                let mut places = Vec::new();
                for &item in ast.list(items) {
                    let place = self.integer(ast, item)?;
                    places.push(offset(place, size, ast.span(item))?);
                }
                if places.is_empty() {
                    return Err(Fault::invalid(span, "the set has no elements"));
                }
                Ok(Chosen::Many(places))
            }
            _ => {
                let place = self.integer(ast, id)?;
                offset(place, size, span).map(Chosen::One)
            }
        }
    }

    fn bound(
        &mut self,
        ast: &Ast<'s>,
        id: Option<ExprId>,
        default: i128,
        size: usize,
        span: Span,
    ) -> Result<usize, Fault> {
        match id {
            Some(id) => offset(self.integer(ast, id)?, size, ast.span(id)),
            None => offset(default, size, span),
        }
    }

    /// The numbers of a range, both ends included.
    pub(super) fn sequence(
        &mut self,
        start: i128,
        step: i128,
        stop: i128,
        span: Span,
    ) -> Result<Vec<i128>, Fault> {
        if step == 0 {
            return Err(Fault::invalid(span, "the step of a range cannot be 0"));
        }
        let distance = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) };
        if distance < 0 {
            return Ok(Vec::new());
        }
        let count = (distance / step.saturating_abs()).saturating_add(1);
        self.count(u64::try_from(count).unwrap_or(u64::MAX / 2))?;
        Ok((0..count).map(|index| start.saturating_add(index.saturating_mul(step))).collect())
    }

    /// The value at a place.
    pub(super) fn read(&mut self, place: &Place, span: Span) -> Result<Value, Fault> {
        Ok(match place {
            Place::Qubits(wires) => Value::Qubits(wires.clone()),
            Place::Bits(Wires::One(bit)) => Value::Bit(self.tape.read(*bit)),
            Place::Bits(wires) => {
                self.count(u64::from(wires.count()))?;
                Value::word(wires.iter().map(|bit| self.tape.read(bit)).collect::<Vec<_>>(), WordKind::Bits)
            }
            Place::Cells { variable, cells, shape } => {
                self.count(4 * cells.len() as u64)?;
                let Some(variable) = self.scopes.variables.get(*variable) else { return Ok(Value::Nothing) };
                let value = |cell: &usize| {
                    variable.cells.get(*cell).map_or(Value::Nothing, |cell| cell.value.clone())
                };
                if shape.is_empty() {
                    return Ok(cells.first().map_or(Value::Nothing, value));
                }
                nest(cells.iter().map(value).collect(), shape)
            }
            Place::CellBits { variable, cell, bits, single } => {
                let all = self.cell_bits(*variable, *cell, span)?;
                let at = |place: &u32| all.get(*place as usize).copied().unwrap_or(Lit::FALSE);
                if *single {
                    return Ok(Value::Bit(bits.first().map_or(Lit::FALSE, at)));
                }
                Value::word(bits.iter().map(at).collect::<Vec<_>>(), WordKind::Bits)
            }
            Place::Value(value) => value.clone(),
        })
    }

    /// The bits of a cell.
    pub(super) fn cell_bits(&mut self, variable: usize, cell: usize, span: Span) -> Result<Rc<[Lit]>, Fault> {
        let value = self.scopes.variables.get(variable).and_then(|variable| variable.cells.get(cell));
        let value = value.map_or(Value::Nothing, |cell| cell.value.clone());
        let width = match &value {
            Value::Word(bits, _) => return Ok(Rc::clone(bits)),
            Value::Int(_, IntKind { width: Some(width), .. }) | Value::Angle(_, Some(width)) => *width,
            _ => return Err(Fault::invalid(span, format!("{} has no bits", value.describe()))),
        };
        match convert(&mut self.tape, value, &Kind::Bits(width), span)? {
            Value::Word(bits, _) => Ok(bits),
            _ => Err(Fault::consequence()),
        }
    }
}

/// Values as an array of arrays.
fn nest(values: Vec<Value>, shape: &[usize]) -> Value {
    let Some((_, inner)) = shape.split_first() else {
        return values.into_iter().next().unwrap_or(Value::Nothing);
    };
    let size: usize = inner.iter().product();
    if inner.is_empty() || size == 0 {
        return Value::Array(Rc::new(values));
    }
    Value::Array(Rc::new(values.chunks(size).map(|part| nest(part.to_vec(), inner)).collect()))
}

/// An index as a place; negative ones count from the end.
fn offset(index: i128, size: usize, span: Span) -> Result<usize, Fault> {
    let wanted = if index < 0 { index + size as i128 } else { index };
    usize::try_from(wanted).ok().filter(|&place| place < size).ok_or_else(|| {
        Fault::invalid(span, format!("index {index} is outside of the register, which has {size}"))
    })
}

impl<'s> Lowering<'s, '_> {
    /// A known integer.
    pub(super) fn integer(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<i128, Fault> {
        // Most indices are plain numbers.
        if let ExprKind::Integer(number) = ast.expr(id).kind {
            return Ok(i128::from(number));
        }
        let value = self.value(ast, id)?;
        index(&value, ast.span(id))
    }
}
