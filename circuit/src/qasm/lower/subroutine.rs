//! Subroutines: inlined at each call.

use super::super::ast::{Ast, Definition, ExprId, Parameter, Type};
use super::super::fault::Fault;
use super::super::scopes::{Meaning, NONE};
use super::super::tape::Lit;
use super::super::token::Span;
use super::super::value::{Kind, Value, Wires, convert};
use super::place::Place;
use super::{FrameKind, Lowering};
use crate::text::quote;

/// Where a subroutine's result goes: a variable outside of its scope, and whether it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    variable: Option<usize>,
    written: bool,
}

impl<'s> Lowering<'s, '_> {
    pub(super) fn define_subroutine(&mut self, ast: &Ast<'s>, index: u32) -> Result<(), Fault> {
        let Some(definition) = ast.definitions.get(index as usize) else { return Ok(()) };
        if !self.scopes.is_global() {
            return Err(Fault::invalid(
                definition.name.span,
                "subroutines are defined outside of all blocks",
            ));
        }
        let (name, body) = (definition.name, definition.body);
        if let Err(fault) = self.check_names(ast, body) {
            self.scopes.declare(name.symbol, Meaning::Lost);
            return Err(fault);
        }
        self.bind(ast, name, Meaning::Subroutine(index))
    }

    pub(super) fn call_subroutine(
        &mut self,
        ast: &Ast<'s>,
        index: u32,
        arguments: &[ExprId],
        span: Span,
    ) -> Result<Value, Fault> {
        let Some(&definition) = ast.definitions.get(index as usize) else { return Ok(Value::Nothing) };
        let formal = &ast.parameters[definition.parameters.0 as usize..definition.parameters.1 as usize];
        if formal.len() != arguments.len() {
            let plural = if formal.len() == 1 { "" } else { "s" };
            let name = quote(ast.text(definition.name.symbol));
            let message = format!("{name} takes {} argument{plural}, not {}", formal.len(), arguments.len());
            return Err(Fault::invalid(span, message));
        }
        self.deeper()?;
        let result = self.inlined(ast, definition, formal, arguments, span);
        self.depth -= 1;
        result
    }

    fn inlined(
        &mut self,
        ast: &Ast<'s>,
        definition: Definition,
        formal: &[Parameter],
        arguments: &[ExprId],
        span: Span,
    ) -> Result<Value, Fault> {
        // Arguments and the result's type belong to the caller's scope.
        let mut given = Vec::new();
        for (&parameter, &argument) in formal.iter().zip(arguments) {
            given.push(self.argument(ast, parameter, argument)?);
        }
        let outer = self.scopes.enter();
        let variable = match definition.returns {
            Some(ty) => {
                let kind = self.kind(ast, ty)?;
                Some(self.new_variable(kind, true))
            }
            None => None,
        };
        self.results.push(Slot { variable, written: false });
        let scope = self.scopes.enter_body();
        let at = self.tape.at;
        let faults = self.faults.len();
        let controls = std::mem::take(&mut self.controls);
        let result = self.framed_subroutine(|lowering| {
            for (&parameter, meaning) in formal.iter().zip(given) {
                lowering.pass(ast, parameter, meaning)?;
            }
            lowering.block(ast, definition.body)
        });
        self.controls = controls;
        self.tape.at = at;
        self.close(scope);
        let slot = self.results.pop();
        let value = variable.and_then(|variable| self.scopes.variables.get_mut(variable)).map(|variable| {
            let cell = variable.cells.first_mut();
            cell.map_or((Value::Nothing, Vec::new()), |cell| {
                (cell.value.clone(), std::mem::take(&mut cell.homes))
            })
        });
        self.close(outer);
        result?;
        if self.faults.len() > faults {
            return Err(Fault::consequence());
        }
        let Some((value, homes)) = value else { return Ok(Value::Nothing) };
        homes.into_iter().filter(|&bit| bit != NONE).for_each(|bit| self.tape.lend(bit));
        if slot.is_some_and(|slot| !slot.written) && self.tape.guard != Lit::FALSE {
            let message = format!("{} ends without its result", quote(ast.text(definition.name.symbol)));
            return Err(Fault::invalid(span, message));
        }
        Ok(value)
    }

    /// What a parameter will mean: qubits and arrays as they are, all else by value.
    fn argument(&mut self, ast: &Ast<'s>, parameter: Parameter, argument: ExprId) -> Result<Given, Fault> {
        let span = ast.span(argument);
        let Some(ty) = parameter.ty else { return Ok(Given::Value(Value::Nothing, Kind::Bool)) };
        match ast.ty(ty) {
            Type::Qubit(_) => {
                let wires = self.qubits_of(ast, argument)?;
                let Kind::Qubit(size) = self.kind(ast, ty)? else { return Err(Fault::consequence()) };
                let expected = size.unwrap_or(1);
                if wires.count() != expected {
                    let message = format!("{expected} qubits are expected here, not {}", wires.count());
                    return Err(Fault::invalid(span, message));
                }
                let wires = match size {
                    None => Wires::One(wires.nth(0)),
                    Some(_) if wires.is_single() => Wires::Run { start: wires.nth(0), count: 1 },
                    Some(_) => wires,
                };
                Ok(Given::Meaning(Meaning::Qubits(wires)))
            }
            Type::Array { mutable: Some(mutable), .. } => {
                let place = self.place(ast, argument)?;
                match place {
                    Place::Cells { variable, cells, shape } if !shape.is_empty() => {
                        let whole = self
                            .scopes
                            .variables
                            .get(variable)
                            .is_some_and(|it| it.cells.len() == cells.len());
                        if whole {
                            return Ok(Given::Meaning(Meaning::Variable(variable)));
                        }
                        if mutable {
                            return Err(Fault::unsupported(
                                span,
                                "only whole arrays can be passed to be changed",
                            ));
                        }
                        let value = self.read(&Place::Cells { variable, cells, shape }, span)?;
                        Ok(Given::Meaning(Meaning::Constant(value)))
                    }
                    Place::Value(value @ Value::Array(_)) if !mutable => {
                        Ok(Given::Meaning(Meaning::Constant(value)))
                    }
                    _ => Err(Fault::invalid(span, "an array is expected here")),
                }
            }
            _ => {
                let kind = self.kind(ast, ty)?;
                let value = self.value(ast, argument)?;
                let value = convert(&mut self.tape, value, &kind, span)?;
                Ok(Given::Value(value, kind))
            }
        }
    }

    fn pass(&mut self, ast: &Ast<'s>, parameter: Parameter, given: Given) -> Result<(), Fault> {
        let name = parameter.name;
        let (value, kind) = match given {
            Given::Meaning(meaning) => return self.bind(ast, name, meaning),
            Given::Value(value, kind) => (value, kind),
        };
        // Parameters are the caller's statement's: its temporary bits are read by it alone.
        let mark = self.tape.mark();
        if matches!(kind, Kind::Bit | Kind::Bits(_)) {
            let bits = self.new_bits(ast, &kind, name)?;
            return self.write(Place::Bits(bits), value, name.span, mark);
        }
        let place = self.new_variable(kind, true);
        self.bind(ast, name, Meaning::Variable(place))?;
        let whole = self.whole(place);
        self.write(whole, value, name.span, mark)
    }

    pub(super) fn give_back(
        &mut self,
        ast: &Ast<'s>,
        value: Option<ExprId>,
        span: Span,
        mark: usize,
    ) -> Result<(), Fault> {
        let Some(&Slot { variable, .. }) = self.results.last() else {
            return Err(Fault::invalid(span, "`return` stands in no subroutine"));
        };
        match (variable, value) {
            (None, None) => {}
            (Some(variable), Some(id)) => {
                let value = self.value(ast, id)?;
                let whole = self.whole(variable);
                self.write(whole, value, ast.span(id), mark)?;
                if let Some(slot) = self.results.last_mut() {
                    slot.written = true;
                }
            }
            (None, Some(id)) => {
                // A measurement or call is carried out, though nobody gets its result.
                return Err(Fault::invalid(ast.span(id), "this subroutine gives no result back"));
            }
            (Some(_), None) => return Err(Fault::invalid(span, "this subroutine gives a result back")),
        }
        self.leave(&[FrameKind::Subroutine], "`return` stands in no subroutine", span)
    }
}

/// What was passed for a parameter.
enum Given {
    Meaning(Meaning),
    Value(Value, Kind),
}
