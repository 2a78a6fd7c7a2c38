//! Assignments: under a condition that is not known, old and new value are chosen between bit by bit.

use super::super::ast::{Ast, Binary, ExprId, ExprKind};
use super::super::fault::Fault;
use super::super::scopes::NONE;
use super::super::tape::{Lit, SCRATCH};
use super::super::token::Span;
use super::super::value::{Kind, Value, Wires, WordKind, binary, convert};
use super::Lowering;
use super::place::Place;
use crate::program::Operation;

impl<'s> Lowering<'s, '_> {
    pub(super) fn assign(
        &mut self,
        ast: &Ast<'s>,
        target: ExprId,
        operator: Option<Binary>,
        value: ExprId,
        mark: usize,
    ) -> Result<(), Fault> {
        let span = ast.span(target);
        let place = self.place(ast, target)?;
        match &place {
            Place::Qubits(_) => {
                let message =
                    format!("expected bits or a variable, and {} are qubits", Self::shown(ast, target));
                return Err(Fault::invalid(span, message));
            }
            Place::Value(_) => return Err(Fault::invalid(span, "a constant cannot be assigned to")),
            Place::Cells { variable, .. } | Place::CellBits { variable, .. }
                if self.scopes.variables.get(*variable).is_some_and(|variable| !variable.mutable) =>
            {
                return Err(Fault::invalid(span, "this can be read only"));
            }
            _ => {}
        }
        if let (None, ExprKind::Measure(source)) = (operator, ast.expr(value).kind) {
            return self.measure_into(ast, source, place, span, mark);
        }
        let mut new = self.value(ast, value)?;
        if let Some(operator) = operator {
            let old = self.read(&place, span)?;
            new = binary(&mut self.tape, operator, &old, &new, span.to(ast.span(value)))?;
            if let Some(span) = self.tape.inexact.take() {
                self.warn(span, "the quotient of two integers is rounded to an integer");
            }
        }
        self.write(place, new, ast.span(value), mark)
    }

    /// Puts what global variables know of measurements into bits of the answer, in the order of
    /// their declarations.
    pub(in super::super) fn tell_variables(&mut self) -> Result<(), Fault> {
        self.tape.guard = Lit::TRUE;
        let mut told = Vec::new();
        for variable in &self.scopes.variables {
            for cell in &variable.cells {
                match &cell.value {
                    Value::Bool(bit) => told.push(vec![*bit]),
                    Value::Word(bits, _) => told.push(bits.to_vec()),
                    _ => {}
                }
            }
        }
        for bits in told.iter().filter(|bits| bits.iter().any(|bit| bit.bit().is_some())) {
            for &value in bits {
                if self.bits >= self.limits.clbits {
                    return Ok(());
                }
                let bit = self.bits;
                self.bits += 1;
                self.tape.declare(1);
                self.tape.write(bit, value)?;
                self.output_bits = self.bits;
            }
        }
        Ok(())
    }

    /// Writes a value to a place, converted to its type.
    pub(super) fn write(&mut self, place: Place, value: Value, span: Span, mark: usize) -> Result<(), Fault> {
        match place {
            Place::Bits(wires) => {
                let kind = if wires.is_single() { Kind::Bit } else { Kind::Bits(wires.count()) };
                let bits = match convert(&mut self.tape, value, &kind, span)? {
                    Value::Bit(bit) => vec![bit],
                    Value::Word(bits, _) => bits.to_vec(),
                    _ => return Err(Fault::consequence()),
                };
                self.write_bits(&wires, &bits)
            }
            Place::Cells { variable, cells, shape } => {
                let Some(kind) = self.scopes.variables.get(variable).map(|variable| variable.kind.clone())
                else {
                    return Err(Fault::consequence());
                };
                let element = match &kind {
                    Kind::Array(element, _) => (**element).clone(),
                    _ => kind,
                };
                if shape.is_empty() {
                    let value = convert(&mut self.tape, value, &element, span)?;
                    let cell = cells.first().copied().unwrap_or(0);
                    return self.write_cell(variable, cell, value, span, mark);
                }
                let kind = Kind::Array(element.into(), shape.into());
                let value = convert(&mut self.tape, value, &kind, span)?;
                let mut flat = Vec::new();
                flatten(value, &mut flat);
                for (cell, value) in cells.into_iter().zip(flat) {
                    self.write_cell(variable, cell, value, span, mark)?;
                }
                Ok(())
            }
            Place::CellBits { variable, cell, bits, single } => {
                let kind = if single { Kind::Bit } else { Kind::Bits(bits.len() as u32) };
                let new = match convert(&mut self.tape, value, &kind, span)? {
                    Value::Bit(bit) => vec![bit],
                    Value::Word(bits, _) => bits.to_vec(),
                    _ => return Err(Fault::consequence()),
                };
                let mut all = self.cell_bits(variable, cell, span)?.to_vec();
                for (place, bit) in bits.into_iter().zip(new) {
                    if let Some(slot) = all.get_mut(place as usize) {
                        *slot = bit;
                    }
                }
                let element = self.scopes.variables.get(variable).map(|variable| match &variable.kind {
                    Kind::Array(element, _) => (**element).clone(),
                    kind => kind.clone(),
                });
                let kind = match element {
                    Some(Kind::Int(kind)) => {
                        if kind.signed {
                            WordKind::Int
                        } else {
                            WordKind::Uint
                        }
                    }
                    Some(Kind::Angle(_)) => WordKind::Angle,
                    _ => WordKind::Bits,
                };
                self.write_cell(variable, cell, Value::word(all, kind), span, mark)
            }
            Place::Qubits(_) | Place::Value(_) => Err(Fault::invalid(span, "this cannot be assigned to")),
        }
    }

    /// Writes bits that have their places for good.
    fn write_bits(&mut self, wires: &Wires, bits: &[Lit]) -> Result<(), Fault> {
        if self.retarget(wires, bits) {
            return Ok(());
        }
        // What is read after it was overwritten is copied first.
        let mut bits = bits.to_vec();
        for (place, bit) in bits.iter_mut().enumerate() {
            let read = bit.bit().filter(|&read| read != wires.nth(place as u32));
            if read.is_some_and(|read| wires.iter().take(place).any(|it| it == read)) {
                *bit = self.tape.copy(*bit)?;
            }
        }
        for (bit, value) in wires.iter().zip(bits) {
            self.tape.write(bit, value)?;
            self.writes(bit);
        }
        Ok(())
    }

    /// Lets the measurements just written go straight to where their outcomes are assigned.
    fn retarget(&mut self, wires: &Wires, bits: &[Lit]) -> bool {
        let Some(start) = self.tape.steps.len().checked_sub(bits.len()) else { return false };
        let guard = match self.tape.guard {
            Lit::Known(_) => None,
            Lit::Wire { bit, negated } => Some(crate::program::Guard { clbit: bit, value: !negated }),
        };
        let fits = bits.iter().zip(&self.tape.steps[start..]).all(|(bit, step)| {
            matches!((bit, step.operation), (Lit::Wire { bit, negated: false }, Operation::Measure { clbit, .. })
                if *bit == clbit && clbit >= SCRATCH && step.guard == guard)
        });
        // A bit that is kept for longer may be read again.
        if !fits || bits.iter().any(|bit| bit.bit().is_some_and(|bit| !self.tape.is_temporary(bit))) {
            return false;
        }
        for (place, bit) in wires.iter().enumerate() {
            if let Operation::Measure { clbit, .. } = &mut self.tape.steps[start + place].operation {
                *clbit = bit;
            }
            self.tape.forget(bit);
            self.writes(bit);
        }
        true
    }

    /// Writes a variable, or an element of one.
    fn write_cell(
        &mut self,
        variable: usize,
        cell: usize,
        value: Value,
        span: Span,
        mark: usize,
    ) -> Result<(), Fault> {
        self.count(4)?;
        let guard = self.tape.guard;
        let Some(target) = self.scopes.variables.get_mut(variable) else { return Ok(()) };
        let plain = guard == Lit::TRUE || guard == target.guard;
        let Some(slot) = target.cells.get_mut(cell) else { return Ok(()) };
        if plain && value.is_known() {
            slot.value = value;
            return Ok(());
        }
        if slot.value == value {
            return Ok(());
        }
        let (old, mut homes) = (slot.value.clone(), std::mem::take(&mut slot.homes));
        let value = self.kept(&old, value, &mut homes, plain, span, mark);
        if let Some(slot) =
            self.scopes.variables.get_mut(variable).and_then(|target| target.cells.get_mut(cell))
        {
            slot.homes = homes;
            slot.value = value?;
        }
        Ok(())
    }

    /// A value whose unknown bits are in homes of their own; unless `plain`, it replaces the old
    /// one only if the guard holds.
    fn kept(
        &mut self,
        old: &Value,
        new: Value,
        homes: &mut Vec<u32>,
        plain: bool,
        span: Span,
        mark: usize,
    ) -> Result<Value, Fault> {
        let parts = |value: &Value| match value {
            Value::Bool(bit) | Value::Bit(bit) => Some((vec![*bit], None)),
            Value::Word(bits, kind) => Some((bits.to_vec(), Some(*kind))),
            Value::Int(number, kind) => {
                let word = match kind.width {
                    Some(_) if kind.signed => WordKind::Int,
                    Some(_) => WordKind::Uint,
                    None => WordKind::Exact,
                };
                Some((integer_bits(*number, kind.width), Some(word)))
            }
            _ => None,
        };
        let depends =
            || Fault::unsupported(span, "a value of this type that depends on a measurement cannot be kept");
        let old = match (old, &new) {
            (Value::Angle(..), Value::Word(bits, WordKind::Angle))
            | (Value::Word(bits, WordKind::Angle), Value::Angle(..)) => {
                convert(&mut self.tape, old.clone(), &Kind::Bits(bits.len() as u32), span)?
            }
            _ => old.clone(),
        };
        let new = match new {
            Value::Angle(_, Some(width)) => {
                let bits = convert(&mut self.tape, new, &Kind::Bits(width), span)?;
                match bits {
                    Value::Word(bits, _) => Value::Word(bits, WordKind::Angle),
                    _ => return Err(depends()),
                }
            }
            other => other,
        };
        let Some((mut bits, kind)) = parts(&new) else { return Err(depends()) };
        let before = if plain { None } else { Some(parts(&old).ok_or_else(depends)?.0) };
        let before = match before {
            Some(mut before) => {
                // Integers without a width may need more bits than before.
                let width = before.len().max(bits.len());
                let extend = |bits: &mut Vec<Lit>| {
                    let fill = if kind == Some(WordKind::Exact) { bits.last().copied() } else { None };
                    bits.resize(width, fill.unwrap_or(Lit::FALSE));
                };
                extend(&mut before);
                extend(&mut bits);
                Some(before)
            }
            None => None,
        };
        homes.resize(homes.len().max(bits.len()), NONE);
        // What is read after its home was overwritten is copied first.
        for (place, bit) in bits.iter_mut().enumerate() {
            if bit.bit().is_some_and(|read| homes.iter().take(place).any(|&home| home == read)) {
                *bit = self.tape.copy(*bit)?;
            }
        }
        let mut kept = Vec::with_capacity(bits.len());
        for (place, &bit) in bits.iter().enumerate() {
            let was = before.as_ref().map(|before| before[place]);
            kept.push(self.keep_bit(bit, was, &mut homes[place], mark)?);
        }
        Ok(match (kind, &new) {
            (None, Value::Bool(_)) => Value::Bool(kept[0]),
            (None, _) => Value::Bit(kept[0]),
            (Some(kind), _) => Value::word(kept, kind),
        })
    }

    /// Puts a bit into its home. `was` is what it stays if the guard does not hold.
    fn keep_bit(&mut self, bit: Lit, was: Option<Lit>, home: &mut u32, mark: usize) -> Result<Lit, Fault> {
        if was == Some(bit) || was.is_none() && bit.known().is_some() {
            return Ok(bit);
        }
        if *home != NONE && bit == Lit::wire(*home) {
            return Ok(bit);
        }
        match was {
            None => {
                // A temporary bit that nobody else needs becomes the home.
                if let Lit::Wire { bit: temporary, negated: false } = bit
                    && temporary >= SCRATCH
                    && self.tape.adopt(temporary, mark)
                {
                    if *home != NONE {
                        self.tape.lend(*home);
                    }
                    *home = temporary;
                    return Ok(bit);
                }
                self.home(home);
                self.tape.write_bare(*home, bit)?;
            }
            Some(was) => {
                self.home(home);
                if was != Lit::wire(*home) {
                    self.tape.write_bare(*home, was)?;
                }
                self.tape.write(*home, bit)?;
            }
        }
        self.tape.forget(*home);
        Ok(Lit::wire(*home))
    }

    fn home(&mut self, home: &mut u32) {
        if *home == NONE {
            *home = self.tape.take();
            self.tape.forget(*home);
        }
    }
}

fn integer_bits(number: i128, width: Option<u32>) -> Vec<Lit> {
    let signed = 129 - if number < 0 { number.leading_ones() } else { number.leading_zeros() };
    (0..width.unwrap_or(signed)).map(|place| Lit::Known(number >> place.min(127) & 1 == 1)).collect()
}

fn flatten(value: Value, flat: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item.clone(), flat)),
        value => flat.push(value),
    }
}
