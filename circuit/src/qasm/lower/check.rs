//! What a gate's definition has to obey, also where nobody calls it.

use super::super::ast::{Ast, Block, Definition, ExprId, ExprKind, Modifier, Name, Statement};
use super::super::fault::Fault;
use super::super::names::Symbol;
use super::super::scopes::Meaning;
use super::Lowering;
use super::call::{Callee, miscounted, signature};
use crate::text::quote;

/// The names that a body may use beside the global ones.
#[derive(Default)]
struct Known {
    qubits: Vec<Symbol>,
    values: Vec<Symbol>,
}

impl<'s> Lowering<'s, '_> {
    pub(super) fn check_gate(&mut self, ast: &Ast<'s>, definition: &Definition) -> Result<(), Fault> {
        let mut known = Known::default();
        let (start, middle) = definition.parameters;
        let (_, end) = definition.qubits;
        for (index, parameter) in (start..).zip(&ast.parameters[start as usize..end as usize]) {
            let name = parameter.name;
            let names = if index < middle { &known.values } else { &known.qubits };
            if names.contains(&name.symbol) {
                let message = format!("{} stands there twice", quote(ast.text(name.symbol)));
                return Err(Fault::invalid(name.span, message));
            }
            let names = if index < middle { &mut known.values } else { &mut known.qubits };
            names.push(name.symbol);
        }
        self.check_body(ast, definition.body, &mut known)
    }

    /// That the gates called in a body exist, also if it is never carried out.
    pub(super) fn check_names(&mut self, ast: &Ast<'s>, body: Block) -> Result<(), Fault> {
        for &id in ast.block(body) {
            self.count(1)?;
            match ast.statement(id).0 {
                Statement::Call { gate, .. } => {
                    self.callee_of(ast, gate)?;
                }
                Statement::For { body, .. }
                | Statement::While { body, .. }
                | Statement::Box(body)
                | Statement::Scope(body) => self.check_names(ast, body)?,
                Statement::If { then, otherwise, .. } => {
                    self.check_names(ast, then)?;
                    self.check_names(ast, otherwise)?;
                }
                Statement::Switch { cases: (start, end), .. } => {
                    for case in &ast.cases[start as usize..end as usize] {
                        self.check_names(ast, case.body)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What a name calls, if it calls anything.
    fn callee_of(&mut self, ast: &Ast<'s>, name: Name) -> Result<Callee, Fault> {
        let built_in = self.built_in(ast, name.symbol);
        match self.scopes.find(name.symbol) {
            Some(&Meaning::Gate(index)) => Ok(Callee::Own(index)),
            Some(Meaning::Lost) => Err(Fault::consequence()),
            Some(_) if built_in.is_none() => {
                Err(Fault::invalid(name.span, format!("{} is no gate", quote(ast.text(name.symbol)))))
            }
            _ => match built_in {
                Some(gate) => Ok(Callee::BuiltIn(gate)),
                None if ast.text(name.symbol) == "gphase" => Ok(Callee::Phase),
                None => Err(self.unknown_gate(ast, name)),
            },
        }
    }

    fn check_body(&mut self, ast: &Ast<'s>, body: Block, known: &mut Known) -> Result<(), Fault> {
        for &id in ast.block(body) {
            let (statement, span) = ast.statement(id);
            self.count(1)?;
            match statement {
                Statement::Call { gate, modifiers, angles, operands } => {
                    for &angle in ast.list(angles) {
                        self.check_value(ast, angle, known)?;
                    }
                    for &operand in ast.list(operands) {
                        check_qubit(ast, operand, known)?;
                    }
                    self.check_call(ast, gate, modifiers, (angles.len(), operands.len()))?;
                    let operands = ast.list(operands);
                    let same = |a: ExprId, b: ExprId| match (ast.expr(a).kind, ast.expr(b).kind) {
                        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
                        _ => false,
                    };
                    let twice = (1..operands.len().min(64))
                        .find(|&index| operands[..index].iter().any(|&other| same(other, operands[index])));
                    if let Some(twice) = twice {
                        let name = quote(ast.text(gate.symbol));
                        let message =
                            format!("{name} takes distinct qubits, but this one stands there twice");
                        return Err(Fault::invalid(ast.span(operands[twice]), message));
                    }
                }
                Statement::Barrier(operands) | Statement::Delay { operands, .. } => {
                    for &operand in ast.list(operands) {
                        check_qubit(ast, operand, known)?;
                    }
                }
                Statement::For { name, values, body, .. } if !self.tape.old => {
                    self.check_value(ast, values, known)?;
                    known.values.push(name.symbol);
                    self.check_body(ast, body, known)?;
                    known.values.pop();
                }
                Statement::If { condition, then, otherwise } if !self.tape.old => {
                    self.check_value(ast, condition, known)?;
                    self.check_body(ast, then, known)?;
                    self.check_body(ast, otherwise, known)?;
                }
                Statement::Box(body) | Statement::Scope(body) => self.check_body(ast, body, known)?,
                Statement::Ignored(_) | Statement::Nop => {}
                _ => {
                    let message = "only gates, barriers and loops may stand in a gate's definition";
                    return Err(Fault::invalid(span, message));
                }
            }
        }
        Ok(())
    }

    fn check_call(
        &mut self,
        ast: &Ast<'s>,
        name: Name,
        modifiers: (u32, u32),
        (angles, qubits): (usize, usize),
    ) -> Result<(), Fault> {
        let callee = self.callee_of(ast, name)?;
        let mut controls = 0;
        for (modifier, _) in &ast.modifiers[modifiers.0 as usize..modifiers.1 as usize] {
            match modifier {
                Modifier::Control { count: None, .. } => controls += 1,
                // How many there are is known when it is called.
                Modifier::Control { .. } => return Ok(()),
                _ => {}
            }
        }
        let (angles_wanted, qubits_wanted) = signature(ast, callee);
        if angles != angles_wanted {
            return Err(miscounted(ast, name, angles_wanted, "angle", angles));
        }
        if qubits != qubits_wanted + controls {
            return Err(miscounted(ast, name, qubits_wanted + controls, "qubit", qubits));
        }
        Ok(())
    }

    /// That all names in an expression mean a value.
    fn check_value(&mut self, ast: &Ast<'s>, id: ExprId, known: &Known) -> Result<(), Fault> {
        // The left spine of a long chain is walked, not descended into.
        let mut at = id;
        loop {
            self.count(1)?;
            let expr = ast.expr(at);
            match expr.kind {
                ExprKind::Binary(_, left, right) => {
                    self.check_value(ast, right, known)?;
                    at = left;
                    continue;
                }
                ExprKind::Unary(_, inner) | ExprKind::Cast(_, inner) => {
                    at = inner;
                    continue;
                }
                ExprKind::Name(symbol) if !known.values.contains(&symbol) => {
                    let is_value = matches!(
                        self.scopes.find(symbol),
                        Some(Meaning::Constant(_) | Meaning::Variable(_) | Meaning::Bits(_))
                    );
                    let text = ast.text(symbol);
                    if known.qubits.contains(&symbol) {
                        return Err(Fault::invalid(
                            expr.span,
                            format!("{} is a qubit, not a number", quote(text)),
                        ));
                    }
                    if !is_value && super::super::value::constant(text, self.tape.old).is_none() {
                        if let Some(Meaning::Lost) = self.scopes.find(symbol) {
                            return Err(Fault::consequence());
                        }
                        return Err(self.undeclared(ast, Name { symbol, span: expr.span }));
                    }
                }
                ExprKind::Call(_, list) | ExprKind::Set(list) | ExprKind::Concatenation(list) => {
                    for &item in ast.list(list) {
                        self.check_value(ast, item, known)?;
                    }
                }
                ExprKind::Index(base, list) => {
                    for &item in ast.list(list) {
                        self.check_value(ast, item, known)?;
                    }
                    at = base;
                    continue;
                }
                ExprKind::Range { start, step, stop } => {
                    for part in [start, step, stop].into_iter().flatten() {
                        self.check_value(ast, part, known)?;
                    }
                }
                _ => {}
            }
            return Ok(());
        }
    }
}

fn check_qubit(ast: &Ast<'_>, id: ExprId, known: &Known) -> Result<(), Fault> {
    match ast.expr(id).kind {
        ExprKind::Name(symbol) if known.qubits.contains(&symbol) => Ok(()),
        ExprKind::Name(symbol) => {
            let message = format!("{} is no qubit of this gate", quote(ast.text(symbol)));
            Err(Fault::invalid(ast.span(id), message))
        }
        ExprKind::Index(..) => Err(Fault::invalid(ast.span(id), "a gate's qubits cannot be indexed")),
        _ => Err(Fault::invalid(ast.span(id), "a gate acts on its own qubits only")),
    }
}
