//! Branches and loops, and the ways out of them.
//!
//! A way out whose condition is not known takes its condition away from all that would have been
//! skipped: every frame up to the one that is left goes on only where it was not taken.

use super::super::ast::{Ast, Binary, Block, ExprId, ExprKind, Name, TypeId};
use super::super::fault::Fault;
use super::super::scopes::Meaning;
use super::super::tape::Lit;
use super::super::token::Span;
use super::super::value::{Kind, Value, WordKind, binary, convert, truth};
use super::place::Place;
use super::{Frame, FrameKind, Lowering};

/// A loop goes round so often at most while a measurement decides whether it ends.
const PATIENCE: u32 = 10_000;

impl<'s> Lowering<'s, '_> {
    /// Runs a part of the program under one more condition.
    fn framed(
        &mut self,
        kind: FrameKind,
        condition: Lit,
        part: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let outer = self.tape.guard;
        let guard = self.tape.and(outer, condition)?;
        self.frames.push(Frame { kind, guard, owned: Vec::new() });
        self.tape.guard = guard;
        let result = part(self);
        if let Some(frame) = self.frames.pop() {
            // Whoever refers to them still refers to them now, and not after this statement.
            frame.owned.into_iter().for_each(|bit| self.tape.lend(bit));
        }
        self.tape.guard = self.frames.last().map_or(Lit::TRUE, |frame| frame.guard);
        result
    }

    /// A part that `return` leaves.
    pub(super) fn framed_subroutine(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.framed(FrameKind::Subroutine, Lit::TRUE, part)
    }

    /// Leaves everything up to a frame of one of these kinds.
    pub(super) fn leave(&mut self, kinds: &[FrameKind], message: &str, span: Span) -> Result<(), Fault> {
        let taken = self.tape.guard;
        let beyond =
            |frame: &Frame| frame.kind == FrameKind::Subroutine && !kinds.contains(&FrameKind::Program);
        let target = self.frames.iter().rposition(|frame| kinds.contains(&frame.kind));
        let wall = self.frames.iter().rposition(beyond);
        let Some(target) = target.filter(|&target| wall.is_none_or(|wall| wall <= target)) else {
            return Err(Fault::invalid(span, message));
        };
        for index in target..self.frames.len() {
            let old = self.frames[index].guard;
            let new = self.tape.and(old, !taken)?;
            let new = if new == Lit::FALSE {
                new
            } else {
                // The condition lasts longer than the statement that made it.
                let home = self.tape.take();
                self.tape.write_bare(home, new)?;
                self.tape.forget(home);
                self.frames[index].owned.push(home);
                Lit::wire(home)
            };
            self.frames[index].guard = new;
        }
        self.tape.guard = self.frames.last().map_or(Lit::TRUE, |frame| frame.guard);
        Ok(())
    }

    /// A condition that stays what it is while a block runs, which may write bits.
    fn stable(&mut self, condition: Lit, writes: bool) -> Result<Lit, Fault> {
        match condition.bit() {
            Some(bit) if writes && !self.tape.is_temporary(bit) => self.tape.copy(condition),
            _ => Ok(condition),
        }
    }

    pub(super) fn branch(
        &mut self,
        ast: &Ast<'s>,
        condition: ExprId,
        then: Block,
        otherwise: Block,
    ) -> Result<(), Fault> {
        let value = self.value(ast, condition)?;
        let condition = truth(&mut self.tape, &value, ast.span(condition))?;
        // The other branch runs after this one.
        let condition = self.stable(condition, then.writes || otherwise.writes)?;
        for (condition, body) in [(condition, then), (!condition, otherwise)] {
            if condition == Lit::FALSE {
                self.check_names(ast, body)?;
            } else if !body.is_empty() {
                self.framed(FrameKind::Branch, condition, |lowering| lowering.scope(ast, body))?;
            }
        }
        Ok(())
    }

    pub(super) fn switch(&mut self, ast: &Ast<'s>, target: ExprId, cases: (u32, u32)) -> Result<(), Fault> {
        let span = ast.span(target);
        let value = self.value(ast, target)?;
        if !matches!(value, Value::Int(..) | Value::Bool(_) | Value::Bit(_))
            && !matches!(&value, Value::Word(_, kind) if *kind != WordKind::Angle)
        {
            return Err(Fault::invalid(span, format!("a switch is over integers, not {}", value.describe())));
        }
        let cases = &ast.cases[cases.0 as usize..cases.1 as usize];
        let mut conditions = Vec::new();
        let mut seen: Vec<Value> = Vec::new();
        let mut none = Lit::TRUE;
        for case in cases {
            if case.is_default {
                conditions.push(none);
                continue;
            }
            let mut any = Lit::FALSE;
            for &label in ast.list(case.values) {
                let span = ast.span(label);
                let label = self.value(ast, label)?;
                if !matches!(label, Value::Int(..) | Value::Bool(_) | Value::Bit(_) | Value::Word(..)) {
                    return Err(Fault::invalid(
                        span,
                        format!("a case is an integer, not {}", label.describe()),
                    ));
                }
                if seen.contains(&label) {
                    return Err(Fault::invalid(span, "this case was there before"));
                }
                let Value::Bool(same) = binary(&mut self.tape, Binary::Same, &value, &label, span)? else {
                    continue;
                };
                seen.push(label);
                any = self.tape.or(any, same)?;
            }
            let any = self.stable(any, true)?;
            none = self.tape.and(none, !any)?;
            conditions.push(any);
        }
        for (case, condition) in cases.iter().zip(conditions) {
            if condition != Lit::FALSE {
                self.framed(FrameKind::Branch, condition, |lowering| lowering.scope(ast, case.body))?;
            }
        }
        Ok(())
    }

    pub(super) fn for_loop(
        &mut self,
        ast: &Ast<'s>,
        ty: TypeId,
        name: Name,
        values: ExprId,
        body: Block,
        span: Span,
    ) -> Result<(), Fault> {
        let kind = self.kind(ast, ty)?;
        let values = self.loop_values(ast, values)?;
        self.framed(FrameKind::Loop, Lit::TRUE, |lowering| {
            for value in values {
                if lowering.tape.guard == Lit::FALSE {
                    break;
                }
                lowering.tape.at = span;
                let faults = lowering.faults.len();
                lowering.iteration(ast, body, Some((name, &kind, value)))?;
                if lowering.faults.len() > faults {
                    break;
                }
            }
            Ok(())
        })
    }

    /// One time round a loop.
    fn iteration(
        &mut self,
        ast: &Ast<'s>,
        body: Block,
        variable: Option<(Name, &Kind, Value)>,
    ) -> Result<(), Fault> {
        self.count(1)?;
        let mark = self.tape.mark();
        let result = self.framed(FrameKind::Iteration, Lit::TRUE, |lowering| {
            lowering.deeper()?;
            let scope = lowering.scopes.enter();
            let result = lowering.iterate(ast, body, variable, mark);
            lowering.close(scope);
            lowering.depth -= 1;
            result
        });
        // Conditions of the loop itself are kept apart.
        self.tape.end(mark);
        result
    }

    fn iterate(
        &mut self,
        ast: &Ast<'s>,
        body: Block,
        variable: Option<(Name, &Kind, Value)>,
        mark: usize,
    ) -> Result<(), Fault> {
        if let Some((name, kind, value)) = variable {
            let value = convert(&mut self.tape, value, kind, name.span)?;
            if matches!(kind, Kind::Bit | Kind::Bits(_)) {
                let bits = self.new_bits(ast, kind, name)?;
                self.write(Place::Bits(bits), value, name.span, mark)?;
            } else {
                let place = self.new_variable(kind.clone(), true);
                self.bind(ast, name, Meaning::Variable(place))?;
                let whole = self.whole(place);
                self.write(whole, value, name.span, mark)?;
            }
        }
        self.block(ast, body)
    }

    /// What a loop goes over.
    fn loop_values(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Vec<Value>, Fault> {
        let span = ast.span(id);
        if let ExprKind::Range { start, step, stop } = ast.expr(id).kind {
            let (Some(start), Some(stop)) = (start, stop) else {
                return Err(Fault::invalid(span, "a loop's range has a beginning and an end"));
            };
            let start = self.integer(ast, start)?;
            let step = match step {
                Some(step) => self.integer(ast, step)?,
                None => 1,
            };
            let stop = self.integer(ast, stop)?;
            return Ok(self.sequence(start, step, stop, span)?.into_iter().map(Value::int).collect());
        }
        match self.value(ast, id)? {
            Value::Array(items) => Ok(items.to_vec()),
            Value::Word(bits, WordKind::Bits) => Ok(bits.iter().copied().map(Value::Bit).collect()),
            other => Err(Fault::invalid(span, format!("a loop cannot go over {}", other.describe()))),
        }
    }

    pub(super) fn while_loop(
        &mut self,
        ast: &Ast<'s>,
        condition: ExprId,
        body: Block,
        span: Span,
    ) -> Result<(), Fault> {
        let unknown = || {
            Fault::unsupported(span, "a loop whose end depends on a measurement is not supported").suggest(
                Some(
                    "use a `for` loop with `break`, which goes round a known number of times at most".into(),
                ),
            )
        };
        let entered = self.tape.guard;
        self.framed(FrameKind::Loop, Lit::TRUE, |lowering| {
            let mut rounds = 0;
            loop {
                lowering.tape.at = span;
                let mark = lowering.tape.mark();
                let value = lowering.value(ast, condition)?;
                let goes_on = truth(&mut lowering.tape, &value, ast.span(condition))?;
                lowering.tape.end(mark);
                match goes_on {
                    Lit::Known(true) => {}
                    Lit::Known(false) => return Ok(()),
                    Lit::Wire { .. } => return Err(unknown()),
                }
                let faults = lowering.faults.len();
                lowering.iteration(ast, body, None)?;
                if lowering.tape.guard == Lit::FALSE || lowering.faults.len() > faults {
                    return Ok(());
                }
                rounds += 1;
                // Only a measurement would end it.
                let endless = matches!(ast.expr(condition).kind, ExprKind::Bool(_) | ExprKind::Integer(_));
                if lowering.tape.guard != entered && (endless || rounds > PATIENCE) {
                    return Err(unknown());
                }
            }
        })
    }
}
