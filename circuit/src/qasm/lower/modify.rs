//! Modifiers: `ctrl`, `negctrl`, `inv` and `pow`.
//!
//! The gate is written first, and what was written is then turned round or repeated. Controls are
//! at work while it is written. A power that is no integer is the principal one: it is known for
//! single-qubit gates, for controlled ones, and for rotations.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

use super::super::ast::Ast;
use super::super::fault::Fault;
use super::super::token::Span;
use super::Lowering;
use super::call::{Angles, Callee, Modified};
use crate::matrix;
use crate::program::{Operation as Op, Step};

impl<'s> Lowering<'s, '_> {
    pub(super) fn apply_modified(
        &mut self,
        ast: &Ast<'s>,
        callee: Callee,
        angles: &Angles<'_>,
        qubits: &[u32],
        modified: &Modified,
        span: Span,
    ) -> Result<(), Fault> {
        let (controls, targets) = qubits.split_at(modified.controls.len());
        let outer = self.controls.len();
        self.controls.extend(controls.iter().copied().zip(modified.controls.iter().copied()));
        let result = self.apply_powers(ast, callee, angles, targets, modified, span);
        self.controls.truncate(outer);
        result
    }

    fn apply_powers(
        &mut self,
        ast: &Ast<'s>,
        callee: Callee,
        angles: &Angles<'_>,
        targets: &[u32],
        modified: &Modified,
        span: Span,
    ) -> Result<(), Fault> {
        let whole = modified.powers.iter().all(|power| power.fract() == 0.0);
        let exponent: f64 = modified.powers.iter().product();
        if whole && exponent.abs() <= 1.0 {
            if exponent == 0.0 {
                return Ok(());
            }
            let start = self.tape.steps.len();
            let phase = self.phase;
            self.apply(ast, callee, angles, targets, span)?;
            let turned = modified.inverse ^ (exponent < 0.0);
            return if turned { self.invert(start, phase, span) } else { Ok(()) };
        }
        // The gate by itself, without any controls.
        let controls = std::mem::take(&mut self.controls);
        let phase = std::mem::take(&mut self.phase);
        let start = self.tape.steps.len();
        let result = self.apply(ast, callee, angles, targets, span);
        self.controls = controls;
        let inner = std::mem::replace(&mut self.phase, phase);
        result?;
        let mut steps = self.tape.steps.split_off(start);
        // Classical steps do not depend on the gates among them.
        let (classical, gates): (Vec<Step>, Vec<Step>) =
            steps.drain(..).partition(|step| is_classical(step.operation));
        self.tape.steps.extend(classical);
        let start = self.tape.steps.len();
        let outer = self.phase;
        if whole {
            self.repeat(&gates, inner, exponent.abs(), span)?;
        } else {
            self.raise(&gates, inner, &modified.powers, span)?;
        }
        let inverse = modified.inverse != (whole && exponent < 0.0);
        if inverse { self.invert(start, outer, span) } else { Ok(()) }
    }

    /// Turns what was written from a place on into its inverse.
    fn invert(&mut self, start: usize, phase: f64, span: Span) -> Result<(), Fault> {
        self.phase = 2.0 * phase - self.phase;
        let mut steps = self.tape.steps.split_off(start);
        let (classical, gates): (Vec<Step>, Vec<Step>) =
            steps.drain(..).partition(|step| is_classical(step.operation));
        self.tape.steps.extend(classical);
        // A gate stays behind its controls.
        let mut end = gates.len();
        while end > 0 {
            let mut begin = end - 1;
            while begin > 0 && matches!(gates[begin - 1].operation, Op::Control { .. }) {
                begin -= 1;
            }
            let gate = gates[end - 1];
            let (first, second) = inverse(gate.operation)
                .ok_or_else(|| Fault::invalid(span, "this has no inverse: something in it is no gate"))?;
            for operation in [Some(first), second].into_iter().flatten() {
                self.tape.room(end - begin)?;
                self.tape.steps.extend_from_slice(&gates[begin..end - 1]);
                self.tape.steps.push(Step { operation, guard: gate.guard });
            }
            end = begin;
        }
        Ok(())
    }

    /// Writes gates, given without the controls at work, so many times.
    fn repeat(&mut self, gates: &[Step], phase: f64, times: f64, span: Span) -> Result<(), Fault> {
        self.global_phase(phase * times)?;
        if let [step] = gates
            && step.guard.is_none()
        {
            if let Some(operation) = scaled(step.operation, times) {
                return self.gate(operation);
            }
            if let Some(period) = period(step.operation) {
                return self.rewrite(gates, (times % period) as u64);
            }
        }
        if times * gates.len() as f64 > self.limits.operations as f64 {
            self.tape.exhausted = true;
            let message = format!("the program has more than {} operations", self.limits.operations);
            return Err(Fault::too_large(span, message));
        }
        self.rewrite(gates, times as u64)
    }

    /// Writes gates again under the controls at work.
    fn rewrite(&mut self, gates: &[Step], times: u64) -> Result<(), Fault> {
        let outer = self.controls.len();
        let guard = self.tape.guard;
        for _ in 0..times {
            for step in gates {
                self.count(1)?;
                match step.operation {
                    Op::Control { qubit, active_on } => self.controls.push((qubit, active_on)),
                    Op::Barrier => self.tape.emit_bare(Op::Barrier)?,
                    operation => {
                        self.tape.guard = match step.guard {
                            None => super::super::tape::Lit::TRUE,
                            Some(it) => super::super::tape::Lit::Wire { bit: it.clbit, negated: !it.value },
                        };
                        let result = self.gate(operation);
                        self.tape.guard = guard;
                        self.controls.truncate(outer);
                        result?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Powers that are no integers, one after the other.
    fn raise(&mut self, gates: &[Step], phase: f64, powers: &[f64], span: Span) -> Result<(), Fault> {
        let mut gates: Vec<Op> =
            gates.iter().map(|step| step.operation).filter(|it| *it != Op::Barrier).collect();
        // Controls of the gate itself stay controls.
        let mut own = 0;
        while gates.len() > 1
            && let Op::Control { qubit, active_on } = gates[0]
        {
            self.controls.push((qubit, active_on));
            gates.remove(0);
            own += 1;
        }
        let result = if own > 0 && (gates.len() != 1 || phase != 0.0) {
            Err(no_root(span))
        } else {
            self.raise_uncontrolled(&gates, phase, powers, span)
        };
        let outer = self.controls.len() - own;
        self.controls.truncate(outer);
        result
    }

    fn raise_uncontrolled(
        &mut self,
        gates: &[Op],
        phase: f64,
        powers: &[f64],
        span: Span,
    ) -> Result<(), Fault> {
        if let &[only] = gates
            && phase == 0.0
        {
            if let Some((control, inner, inner_phase)) = uncontrolled(only) {
                let outer = self.controls.len();
                self.controls.push((control, true));
                let result = self.raise_uncontrolled(&[inner], inner_phase, powers, span);
                self.controls.truncate(outer);
                return result;
            }
            if let Op::Swap(a, b) = only {
                // SWAP = CX(b,a) CX(a,b) CX(b,a), and the outer ones undo each other.
                let controls = std::mem::take(&mut self.controls);
                let conjugate = self.gate(Op::Cx(b, a));
                self.controls = controls;
                conjugate?;
                self.raise_uncontrolled(&[Op::Cx(a, b)], 0.0, powers, span)?;
                let controls = std::mem::take(&mut self.controls);
                let conjugate = self.gate(Op::Cx(b, a));
                self.controls = controls;
                return conjugate;
            }
            if let Some(operation) = powers.iter().try_fold(only, |gate, &power| principal(gate, power)) {
                return self.gate(operation);
            }
        }
        // All on one qubit: by its matrix.
        let mut product = [
            [matrix::Complex::turn(phase), matrix::Complex::ZERO],
            [matrix::Complex::ZERO, matrix::Complex::turn(phase)],
        ];
        let mut on = None;
        for gate in gates {
            let (Some(factor), Some(qubit)) = (matrix::of(gate), gate.qubits().next()) else {
                return Err(no_root(span));
            };
            if *on.get_or_insert(qubit) != qubit {
                return Err(no_root(span));
            }
            product = matrix::multiply(&factor, &product);
        }
        let Some(qubit) = on else {
            return self.global_phase(powers.iter().product::<f64>() * phase);
        };
        for &power in powers {
            product = matrix::power(&product, power);
        }
        let (theta, phi, lambda, gamma) = matrix::angles(&product);
        self.global_phase(gamma)?;
        if theta.abs() < 1e-15 {
            return self.gate(Op::P { qubit, theta: phi + lambda });
        }
        self.gate(Op::U { qubit, theta, phi, lambda })
    }
}

fn no_root(span: Span) -> Fault {
    let message =
        "a power that is no integer is supported only for gates on one qubit, controlled ones, and rotations";
    Fault::unsupported(span, message)
}

fn is_classical(operation: Op) -> bool {
    matches!(operation, Op::Classical(_))
}

/// The inverse of a gate, as one or two gates.
fn inverse(operation: Op) -> Option<(Op, Option<Op>)> {
    Some((
        match operation {
            Op::S(q) => Op::Sdg(q),
            Op::Sdg(q) => Op::S(q),
            Op::T(q) => Op::Tdg(q),
            Op::Tdg(q) => Op::T(q),
            Op::Sx(q) => Op::Sxdg(q),
            Op::Sxdg(q) => Op::Sx(q),
            Op::U { qubit, theta, phi, lambda } => Op::U { qubit, theta: -theta, phi: -lambda, lambda: -phi },
            Op::Prx { qubit, theta, phi } => Op::Prx { qubit, theta: -theta, phi },
            Op::Cu { control, target, theta, phi, lambda, gamma } => {
                Op::Cu { control, target, theta: -theta, phi: -lambda, lambda: -phi, gamma: -gamma }
            }
            // √X X is the inverse of √X, and has the controlled form that the list has.
            Op::Csx(a, b) => {
                return Some((Op::Csx(a, b), Some(Op::Cx(a, b))));
            }
            Op::Iswap(a, b) => {
                return Some((Op::Rxx { a, b, theta: FRAC_PI_2 }, Some(Op::Ryy { a, b, theta: FRAC_PI_2 })));
            }
            Op::Measure { .. } | Op::Reset(_) | Op::Control { .. } | Op::Classical(_) => return None,
            gate => scaled(gate, -1.0).unwrap_or(gate),
        },
        None,
    ))
}

/// A rotation by a multiple of its angle.
fn scaled(operation: Op, factor: f64) -> Option<Op> {
    let mut gate = operation;
    match &mut gate {
        Op::Rx { theta, .. }
        | Op::Ry { theta, .. }
        | Op::Rz { theta, .. }
        | Op::P { theta, .. }
        | Op::Prx { theta, .. }
        | Op::Cp { theta, .. }
        | Op::Crx { theta, .. }
        | Op::Cry { theta, .. }
        | Op::Crz { theta, .. }
        | Op::Rxx { theta, .. }
        | Op::Ryy { theta, .. }
        | Op::Rzz { theta, .. }
        | Op::Rzx { theta, .. } => *theta *= factor,
        _ => return None,
    }
    Some(gate)
}

/// After how many times a gate is the identity.
fn period(operation: Op) -> Option<f64> {
    Some(match operation {
        Op::Id(_) => 1.0,
        Op::X(_)
        | Op::Y(_)
        | Op::Z(_)
        | Op::H(_)
        | Op::Cx(..)
        | Op::Cy(..)
        | Op::Cz(..)
        | Op::Ch(..)
        | Op::Swap(..)
        | Op::Ecr(..)
        | Op::Ccx(..)
        | Op::Ccz(..)
        | Op::Cswap(..) => 2.0,
        Op::S(_) | Op::Sdg(_) | Op::Sx(_) | Op::Sxdg(_) | Op::Csx(..) | Op::Iswap(..) => 4.0,
        Op::T(_) | Op::Tdg(_) => 8.0,
        _ => return None,
    })
}

/// The principal power of a gate that stays a rotation.
fn principal(operation: Op, power: f64) -> Option<Op> {
    // Angles for which the eigenvalues are the principal ones.
    let near = |theta: f64, period: f64| {
        let turn = theta.rem_euclid(period);
        if turn > period / 2.0 { turn - period } else { turn }
    };
    Some(match operation {
        Op::Id(q) => Op::Id(q),
        Op::Z(qubit) => Op::P { qubit, theta: PI * power },
        Op::S(qubit) => Op::P { qubit, theta: FRAC_PI_2 * power },
        Op::Sdg(qubit) => Op::P { qubit, theta: -FRAC_PI_2 * power },
        Op::T(qubit) => Op::P { qubit, theta: FRAC_PI_4 * power },
        Op::Tdg(qubit) => Op::P { qubit, theta: -FRAC_PI_4 * power },
        Op::P { qubit, theta } => Op::P { qubit, theta: near(theta, TAU) * power },
        Op::Rx { theta, .. }
        | Op::Ry { theta, .. }
        | Op::Rz { theta, .. }
        | Op::Rxx { theta, .. }
        | Op::Ryy { theta, .. }
        | Op::Rzz { theta, .. }
        | Op::Rzx { theta, .. }
            if theta.abs() < TAU =>
        {
            return scaled(operation, power);
        }
        _ => return None,
    })
}

/// A controlled gate as its control, the gate, and the phase it brings.
fn uncontrolled(operation: Op) -> Option<(u32, Op, f64)> {
    let (control, gate) = match operation {
        Op::Cx(a, b) => (a, Op::X(b)),
        Op::Cy(a, b) => (a, Op::Y(b)),
        Op::Cz(a, b) => (a, Op::Z(b)),
        Op::Ch(a, b) => (a, Op::H(b)),
        Op::Csx(a, b) => (a, Op::Sx(b)),
        Op::Cp { a, b, theta } => (a, Op::P { qubit: b, theta }),
        Op::Crx { a, b, theta } => (a, Op::Rx { qubit: b, theta }),
        Op::Cry { a, b, theta } => (a, Op::Ry { qubit: b, theta }),
        Op::Crz { a, b, theta } => (a, Op::Rz { qubit: b, theta }),
        Op::Cu { control, target, theta, phi, lambda, gamma } => {
            return Some((control, Op::U { qubit: target, theta, phi, lambda }, gamma));
        }
        Op::Ccx(a, b, c) => (a, Op::Cx(b, c)),
        Op::Ccz(a, b, c) => (a, Op::Cz(b, c)),
        Op::Cswap(a, b, c) => (a, Op::Swap(b, c)),
        _ => return None,
    };
    Some((control, gate, 0.0))
}
