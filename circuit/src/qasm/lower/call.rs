//! Gate calls: arguments are evaluated, registers broadcast, modifiers applied, definitions inlined.

use std::rc::Rc;

use super::super::ast::{Ast, Binary, ExprId, ExprKind, List, Modifier, Name, Unary};
use super::super::fault::Fault;
use super::super::gates::{self, Body, Gate};
use super::super::scopes::Meaning;
use super::super::token::Span;
use super::super::value::{Affine, Value, Wires};
use super::{Include, Lowering};
use crate::program::Operation;
use crate::text::quote;

/// What is called.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    /// `gphase`
    Phase,
    BuiltIn(&'static Gate),
    /// A definition of the program's own.
    Own(u32),
}

/// The modifiers of a call: controls in the order of their qubits, and powers from the inside out.
#[derive(Debug, Default)]
pub(super) struct Modified {
    pub(super) controls: Vec<bool>,
    pub(super) inverse: bool,
    pub(super) powers: Vec<f64>,
}

/// Space used again for each call.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    registers: Vec<Wires>,
    qubits: Vec<u32>,
}

/// The most controls of one gate.
const CONTROLS: i128 = 4_096;

impl<'s> Lowering<'s, '_> {
    pub(super) fn call(
        &mut self,
        ast: &Ast<'s>,
        name: Name,
        modifiers: (u32, u32),
        angles: List,
        operands: List,
    ) -> Result<(), Fault> {
        let callee = self.callee(ast, name)?;
        let modified = if modifiers.0 == modifiers.1 { None } else { Some(self.modified(ast, modifiers)?) };
        let controls = modified.as_ref().map_or(0, |modified| modified.controls.len());
        let (angles_wanted, qubits_wanted) = signature(ast, callee);
        if angles.len() != angles_wanted {
            return Err(miscounted(ast, name, angles_wanted, "angle", angles.len()));
        }
        if operands.len() != qubits_wanted + controls {
            return Err(miscounted(ast, name, qubits_wanted + controls, "qubit", operands.len()));
        }
        let mut values = [0.0; 4];
        let mut unknown = None;
        if let Callee::BuiltIn(_) = callee {
            for (index, &angle) in ast.list(angles).iter().enumerate() {
                match self.angle(ast, angle)? {
                    Value::Float(number) => values[index] = number,
                    _ => unknown = Some(self.angles(ast, angles)?),
                }
            }
        } else {
            unknown = Some(self.angles(ast, angles)?);
        }
        let angles = match &unknown {
            Some(values) => Angles::Values(values),
            None => Angles::Known(values),
        };
        let mut buffers = std::mem::take(&mut self.buffers);
        let result = self.apply_to_all(ast, name, callee, &angles, modified.as_ref(), operands, &mut buffers);
        buffers.registers.clear();
        self.buffers = buffers;
        result
    }

    /// Applies a gate to its operands, once or for each place of the registers among them.
    #[expect(clippy::too_many_arguments, reason = "the parts of one call")]
    fn apply_to_all(
        &mut self,
        ast: &Ast<'s>,
        name: Name,
        callee: Callee,
        angles: &Angles<'_>,
        modified: Option<&Modified>,
        operands: List,
        Buffers { registers, qubits }: &mut Buffers,
    ) -> Result<(), Fault> {
        registers.clear();
        for &operand in ast.list(operands) {
            registers.push(self.qubits_of(ast, operand)?);
        }
        for index in 0..broadcast(ast, registers, operands)? {
            qubits.clear();
            qubits.extend(registers.iter().map(|register| register.nth(index)));
            if let Some(twice) = repeated(qubits) {
                let name_text = quote(ast.text(name.symbol));
                let message = format!("{name_text} takes distinct qubits, but this one stands there twice");
                let span = ast.list(operands).get(twice).map_or(name.span, |&operand| ast.span(operand));
                return Err(Fault::invalid(span, message));
            }
            match modified {
                None => self.apply(ast, callee, angles, qubits, name.span)?,
                Some(modified) => self.apply_modified(ast, callee, angles, qubits, modified, name.span)?,
            }
        }
        Ok(())
    }

    fn callee(&mut self, ast: &Ast<'s>, name: Name) -> Result<Callee, Fault> {
        let built_in = self.built_in(ast, name.symbol);
        match self.scopes.find(name.symbol) {
            Some(&Meaning::Gate(index)) => return Ok(Callee::Own(index)),
            Some(Meaning::Lost) => return Err(Fault::consequence()),
            Some(_) if built_in.is_none() => {
                let message = format!("{} is no gate", quote(ast.text(name.symbol)));
                return Err(Fault::invalid(name.span, message));
            }
            _ => {}
        }
        let old = self.tape.old;
        let Some(gate) = built_in else {
            if ast.text(name.symbol) == "gphase" && !old {
                return Ok(Callee::Phase);
            }
            return Err(self.unknown_gate(ast, name));
        };
        if self.included == Include::None && !gate.is_built_in(old) {
            self.included = Include::Missed;
            let file = if old { "qelib1.inc" } else { "stdgates.inc" };
            self.warn(name.span, &format!("gates of `{file}` are used without including it"));
        }
        Ok(Callee::BuiltIn(gate))
    }

    pub(super) fn unknown_gate(&self, ast: &Ast<'s>, name: Name) -> Fault {
        if self.included == Include::Refused {
            return Fault::consequence();
        }
        let text = ast.text(name.symbol);
        let own =
            self.scopes.visible().filter(|(_, meaning)| matches!(meaning, Meaning::Gate(_))).take(1_000);
        let guess = gates::guess(text, own.map(|(symbol, _)| ast.text(symbol)));
        let guess = match guess.map(|near| format!("did you mean `{near}`?")) {
            None => super::super::names::Names::guess(text).map(|near| format!("did you mean `{near}`?")),
            guess => guess,
        };
        Fault::invalid(name.span, format!("unknown gate {}", quote(text))).suggest(guess)
    }

    fn modified(&mut self, ast: &Ast<'s>, modifiers: (u32, u32)) -> Result<Modified, Fault> {
        let mut modified = Modified::default();
        for &(modifier, span) in &ast.modifiers[modifiers.0 as usize..modifiers.1 as usize] {
            match modifier {
                Modifier::Inverse => modified.inverse = !modified.inverse,
                Modifier::Control { active_on, count } => {
                    let count = match count {
                        Some(count) => self.integer(ast, count)?,
                        None => 1,
                    };
                    if !(1..=CONTROLS).contains(&count) {
                        let message = format!("a gate has 1 to {CONTROLS} more controls, not {count}");
                        return Err(Fault::invalid(span, message));
                    }
                    modified.controls.extend((0..count).map(|_| active_on));
                }
                Modifier::Power(exponent) => {
                    let Value::Float(exponent) = self.angle(ast, exponent)? else {
                        let message = "a power that depends on a measurement is not supported";
                        return Err(Fault::unsupported(span, message));
                    };
                    modified.powers.push(exponent);
                }
            }
        }
        // The last one stands next to the gate.
        modified.powers.reverse();
        Ok(modified)
    }

    fn angles(&mut self, ast: &Ast<'s>, angles: List) -> Result<Vec<Value>, Fault> {
        ast.list(angles).iter().map(|&angle| self.angle(ast, angle)).collect()
    }

    /// A number, known or not.
    fn angle(&mut self, ast: &Ast<'s>, id: ExprId) -> Result<Value, Fault> {
        if let ExprKind::Float(number) = ast.expr(id).kind {
            return Ok(Value::Float(number));
        }
        if let Some(number) = self.plain_number(ast, id, 4) {
            return Ok(Value::Float(number));
        }
        let value = self.value(ast, id)?;
        match &value {
            Value::Float(_) | Value::Affine(_) => Ok(value),
            Value::Int(number, _) => Ok(Value::Float(*number as f64)),
            Value::Angle(angle, _) => Ok(Value::Float(*angle)),
            Value::Qubits(_) => {
                let what = match ast.expr(id).kind {
                    ExprKind::Name(symbol) => quote(ast.text(symbol)),
                    _ => "this".into(),
                };
                Err(Fault::invalid(ast.span(id), format!("{what} is a register, not a number")))
            }
            Value::Bool(_) | Value::Bit(_) | Value::Word(..) => {
                let kind = super::super::value::Kind::Float;
                super::super::value::convert(&mut self.tape, value, &kind, ast.span(id))
            }
            other => Err(Fault::invalid(
                ast.span(id),
                format!("expected a number, and this is {}", other.describe()),
            )),
        }
    }

    /// The value of a short sum or product of floats, such as `-pi/4` or `theta/2`: what most angles
    /// are. Nothing for all else, which is looked at with more care.
    fn plain_number(&self, ast: &Ast<'s>, id: ExprId, depth: u32) -> Option<f64> {
        let deeper = depth.checked_sub(1)?;
        let whole = |id: ExprId| match ast.expr(id).kind {
            ExprKind::Integer(number) => Some(number as f64),
            _ => None,
        };
        let number = match ast.expr(id).kind {
            ExprKind::Float(number) => number,
            ExprKind::Name(symbol) => match self.scopes.find(symbol) {
                Some(Meaning::Constant(Value::Float(number))) => *number,
                None => super::super::value::constant(ast.text(symbol), self.tape.old)?,
                _ => return None,
            },
            ExprKind::Unary(Unary::Negate, inner) => -self.plain_number(ast, inner, deeper)?,
            ExprKind::Binary(operator, left, right) => {
                // One of the two is a float, so that the result is one.
                let (left, right) = match (whole(left), whole(right)) {
                    (None, Some(right)) => (self.plain_number(ast, left, deeper)?, right),
                    (Some(left), None) => (left, self.plain_number(ast, right, deeper)?),
                    (None, None) => {
                        (self.plain_number(ast, left, deeper)?, self.plain_number(ast, right, deeper)?)
                    }
                    _ => return None,
                };
                match operator {
                    Binary::Add => left + right,
                    Binary::Subtract => left - right,
                    Binary::Multiply => left * right,
                    Binary::Divide => left / right,
                    _ => return None,
                }
            }
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// Applies a gate without modifiers to qubits.
    pub(super) fn apply(
        &mut self,
        ast: &Ast<'s>,
        callee: Callee,
        angles: &Angles<'_>,
        qubits: &[u32],
        span: Span,
    ) -> Result<(), Fault> {
        match (callee, angles) {
            (Callee::BuiltIn(gate), Angles::Known(values)) => self.build(gate, *values, qubits),
            (Callee::BuiltIn(gate), Angles::Values(values)) => self.build_unknown(gate, values, qubits, span),
            (Callee::Phase, angles) => match angles.first() {
                Value::Affine(number) => {
                    self.global_phase(number.base)?;
                    for &(bit, amount) in &number.terms {
                        self.guarded(bit, |lowering| lowering.global_phase(amount))?;
                    }
                    Ok(())
                }
                Value::Float(angle) => self.global_phase(angle),
                _ => Ok(()),
            },
            (Callee::Own(index), angles) => self.inline_gate(ast, index, angles, qubits),
        }
    }

    fn build(&mut self, gate: &Gate, angles: [f64; 4], qubits: &[u32]) -> Result<(), Fault> {
        let mut all = [0; 5];
        for (slot, &qubit) in all.iter_mut().zip(qubits) {
            *slot = qubit;
        }
        match gate.body {
            Body::One(build) => self.gate(build(angles, all)),
            Body::Sequence(builds) => builds.iter().try_for_each(|build| self.gate(build(angles, all))),
            Body::Controlled(count, build) => {
                let before = self.controls.len();
                self.controls.extend(qubits.iter().take(count).map(|&qubit| (qubit, true)));
                let result = self.gate(build(angles, all));
                self.controls.truncate(before);
                result
            }
        }
    }

    /// A built-in gate with an angle that measurements decide.
    fn build_unknown(
        &mut self,
        gate: &Gate,
        angles: &[Value],
        qubits: &[u32],
        span: Span,
    ) -> Result<(), Fault> {
        let parts: Vec<Rc<Affine>> = angles
            .iter()
            .map(|angle| match angle {
                Value::Affine(number) => Rc::clone(number),
                Value::Float(number) => Rc::new(Affine { base: *number, terms: Vec::new() }),
                _ => Rc::new(Affine { base: 0.0, terms: Vec::new() }),
            })
            .collect();
        let known = |parts: &[Rc<Affine>]| {
            let mut values = [0.0; 4];
            values.iter_mut().zip(parts).for_each(|(value, part)| *value = part.base);
            values
        };
        if parts.iter().all(|part| part.terms.is_empty()) {
            return self.build(gate, known(&parts), qubits);
        }
        if let [angle] = &parts[..]
            && gate.is_rotation()
        {
            self.build(gate, known(&parts), qubits)?;
            for &(bit, amount) in &angle.terms {
                self.guarded(bit, |lowering| lowering.build(gate, [amount, 0.0, 0.0, 0.0], qubits))?;
            }
            return Ok(());
        }
        // U(θ,φ,λ) = P(φ) Ry(θ) P(λ)
        let find = |name: &str| gates::find(name);
        let (Some(phase), Some(turn)) = (find("p"), find("ry")) else { return Ok(()) };
        let quarter = Rc::new(Affine { base: std::f64::consts::FRAC_PI_2, terms: Vec::new() });
        let (theta, phi, lambda) = match (gate.name, &parts[..]) {
            ("U" | "u" | "u3", [theta, phi, lambda]) => (theta, phi, lambda),
            ("u2", [phi, lambda]) => (&quarter, phi, lambda),
            _ => {
                let message = format!(
                    "{} with an angle that depends on a measurement is not supported",
                    quote(gate.name)
                );
                return Err(Fault::unsupported(span, message));
            }
        };
        for (gate, angle) in [(phase, lambda), (turn, theta), (phase, phi)] {
            self.build_unknown(gate, &[Value::Affine(Rc::clone(angle))], qubits, span)?;
        }
        Ok(())
    }

    /// Does something only if a bit is 1, too.
    fn guarded(
        &mut self,
        bit: super::super::tape::Lit,
        part: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let outer = self.tape.guard;
        self.tape.guard = self.tape.and(outer, bit)?;
        let result = part(self);
        self.tape.guard = outer;
        result
    }

    /// A gate that the program defines: its body, with the names of its parameters and qubits.
    fn inline_gate(
        &mut self,
        ast: &Ast<'s>,
        index: u32,
        angles: &Angles<'_>,
        qubits: &[u32],
    ) -> Result<(), Fault> {
        let Some(&definition) = ast.definitions.get(index as usize) else { return Ok(()) };
        self.deeper()?;
        let at = self.tape.at;
        let scope = self.scopes.enter_body();
        let formal = |(start, end): (u32, u32)| ast.parameters[start as usize..end as usize].iter();
        for (index, parameter) in formal(definition.parameters).enumerate() {
            self.scopes.declare(parameter.name.symbol, Meaning::Constant(angles.get(index)));
        }
        for (parameter, &qubit) in formal(definition.qubits).zip(qubits) {
            self.scopes.declare(parameter.name.symbol, Meaning::Qubits(Wires::One(qubit)));
        }
        let faults = self.faults.len();
        let result = self.block(ast, definition.body);
        self.close(scope);
        self.tape.at = at;
        self.depth -= 1;
        if self.faults.len() > faults && result.is_ok() {
            return Err(Fault::consequence());
        }
        result
    }

    pub(super) fn define_gate(&mut self, ast: &Ast<'s>, index: u32) -> Result<(), Fault> {
        let Some(&definition) = ast.definitions.get(index as usize) else { return Ok(()) };
        if !self.scopes.is_global() {
            return Err(Fault::invalid(definition.name.span, "gates are defined outside of all blocks"));
        }
        if let Err(fault) = self.check_gate(ast, &definition) {
            self.scopes.declare(definition.name.symbol, Meaning::Lost);
            return Err(fault);
        }
        self.bind(ast, definition.name, Meaning::Gate(index))
    }

    /// A global phase, which counts only where something controls it.
    pub(super) fn global_phase(&mut self, angle: f64) -> Result<(), Fault> {
        // The phase of the gate is that of a control which has to be 1.
        let Some(index) = self.controls.iter().position(|&(_, active_on)| active_on) else {
            let Some((qubit, _)) = self.controls.pop() else {
                self.phase += angle;
                return Ok(());
            };
            // With controls that have to be 0 only: e^{iγ} on 0 is X P(γ) X.
            let flip = Operation::X(qubit);
            let result = self
                .plain_gate(flip)
                .and_then(|()| self.gate(Operation::P { qubit, theta: angle }))
                .and_then(|()| self.plain_gate(flip));
            self.controls.push((qubit, false));
            return result;
        };
        let (qubit, _) = self.controls.remove(index);
        let result = self.gate(Operation::P { qubit, theta: angle });
        self.controls.insert(index, (qubit, true));
        result
    }

    /// A gate without the controls at work.
    fn plain_gate(&mut self, operation: Operation) -> Result<(), Fault> {
        let controls = std::mem::take(&mut self.controls);
        let result = self.gate(operation);
        self.controls = controls;
        result
    }
}

/// The angles of a call.
pub(super) enum Angles<'a> {
    Known([f64; 4]),
    Values(&'a [Value]),
}

impl Angles<'_> {
    fn get(&self, index: usize) -> Value {
        match self {
            Self::Known(values) => Value::Float(values.get(index).copied().unwrap_or(0.0)),
            Self::Values(values) => values.get(index).cloned().unwrap_or(Value::Nothing),
        }
    }

    fn first(&self) -> Value {
        self.get(0)
    }
}

/// How many angles and qubits a gate takes.
pub(super) fn signature(ast: &Ast<'_>, callee: Callee) -> (usize, usize) {
    match callee {
        Callee::Phase => (1, 0),
        Callee::BuiltIn(gate) => (gate.angles, gate.qubits),
        Callee::Own(index) => ast.definitions.get(index as usize).map_or((0, 0), |definition| {
            let count = |(start, end): (u32, u32)| (end - start) as usize;
            (count(definition.parameters), count(definition.qubits))
        }),
    }
}

/// How often a gate is applied to operands, each one wire or a register of the common size.
fn broadcast(ast: &Ast<'_>, registers: &[Wires], operands: List) -> Result<u32, Fault> {
    let mut size = None;
    for (index, register) in registers.iter().enumerate() {
        if register.is_single() {
            continue;
        }
        let count = register.count();
        let first = *size.get_or_insert(count);
        if first != count {
            let message =
                format!("registers of one gate have the same size, and these have {first} and {count}");
            let span = ast.list(operands).get(index).map_or(Span::default(), |&operand| ast.span(operand));
            return Err(Fault::invalid(span, message));
        }
    }
    Ok(size.unwrap_or(1))
}

/// The place of a qubit that stands at an earlier place too.
fn repeated(qubits: &[u32]) -> Option<usize> {
    if qubits.len() <= 16 {
        return (1..qubits.len()).find(|&index| qubits[..index].contains(&qubits[index]));
    }
    let mut seen = std::collections::HashSet::new();
    qubits.iter().position(|qubit| !seen.insert(qubit))
}

pub(super) fn miscounted(ast: &Ast<'_>, name: Name, wanted: usize, what: &str, found: usize) -> Fault {
    let plural = if wanted == 1 { "" } else { "s" };
    let message = format!("{} takes {wanted} {what}{plural}, not {found}", quote(ast.text(name.symbol)));
    Fault::invalid(name.span, message)
}
