//! Gates with any number of controls, by gates with few.
//!
//! Many controls on a NOT borrow idle qubits, whatever their states, and give them back; controls
//! on any other gate take the gate's root (Barenco et al. 1995, lemmas 7.2, 7.3 and 7.5). The number
//! of gates grows with the square of the number of controls at most.

use super::{Reason, Writer, rules};
use crate::matrix::{self, Complex, Matrix};
use crate::program::Operation as Op;

impl Writer {
    /// Writes a gate under controls.
    pub(super) fn controlled(&mut self, controls: &[(u32, bool)], gate: Op) -> Result<(), Reason> {
        let flips: Vec<Op> =
            controls.iter().filter(|(_, active_on)| !active_on).map(|&(qubit, _)| Op::X(qubit)).collect();
        let qubits: Vec<u32> = controls.iter().map(|&(qubit, _)| qubit).collect();
        self.all(flips.iter().copied())?;
        self.under(&qubits, gate)?;
        self.all(flips)
    }

    fn under(&mut self, controls: &[u32], gate: Op) -> Result<(), Reason> {
        let more = |extra: &[u32]| [controls, extra].concat();
        match gate {
            Op::Id(_) => Ok(()),
            Op::Cx(a, b) => self.under(&more(&[a]), Op::X(b)),
            Op::Cz(a, b) => self.under(&more(&[a]), Op::Z(b)),
            Op::Ccx(a, b, c) => self.under(&more(&[a, b]), Op::X(c)),
            Op::Ccz(a, b, c) => self.under(&more(&[a, b]), Op::Z(c)),
            Op::Cp { a, b, theta } => self.under(&more(&[a]), Op::P { qubit: b, theta }),
            Op::X(target) => self.not(controls, target),
            Op::Z(target) => {
                self.write(Op::H(target))?;
                self.not(controls, target)?;
                self.write(Op::H(target))
            }
            _ => match matrix::of(&gate) {
                Some(matrix) => {
                    let target = gate.qubits().next().unwrap_or_default();
                    self.general(controls, target, &matrix)
                }
                None => rules::exact(gate).into_iter().try_for_each(|part| self.under(controls, part)),
            },
        }
    }

    /// A NOT with any number of controls.
    fn not(&mut self, controls: &[u32], target: u32) -> Result<(), Reason> {
        let busy = |qubit: &u32| *qubit != target && !controls.contains(qubit);
        let wanted = controls.len().saturating_sub(2);
        let idle: Vec<u32> = (0..self.qubits).filter(busy).take(wanted).collect();
        self.not_with(controls, target, &idle)
    }

    fn not_with(&mut self, controls: &[u32], target: u32, idle: &[u32]) -> Result<(), Reason> {
        match *controls {
            [] => return self.write(Op::X(target)),
            [a] => return self.write(Op::Cx(a, target)),
            [a, b] => return self.write(Op::Ccx(a, b, target)),
            _ => {}
        }
        let count = controls.len();
        if idle.len() >= count - 2 {
            return self.ladder(controls, target, idle);
        }
        let Some(&borrowed) = idle.first() else {
            // None is idle: by the root of X.
            return match matrix::of(&Op::X(target)) {
                Some(not) => self.general(controls, target, &not),
                None => Ok(()),
            };
        };
        // Half of the controls onto the borrowed qubit, the others and that one onto the target.
        let (first, rest) = controls.split_at(count.div_ceil(2));
        let second = [rest, &[borrowed]].concat();
        let spare_first = [rest, &[target]].concat();
        for _ in 0..2 {
            self.not_with(first, borrowed, &spare_first)?;
            self.not_with(&second, target, first)?;
        }
        Ok(())
    }

    /// Two ladders of Toffolis over borrowed qubits.
    fn ladder(&mut self, controls: &[u32], target: u32, idle: &[u32]) -> Result<(), Reason> {
        let count = controls.len();
        let rungs = count - 2;
        let rung = |k: usize| if k == rungs { target } else { idle[k] };
        for round in 0..2 {
            // Down from the target, then up again; the second time without the target.
            let top = if round == 0 { rungs } else { rungs - 1 };
            let down = (1..=top).rev();
            let up = 1..=top;
            for k in down {
                self.write(Op::Ccx(controls[k + 1], idle[k - 1], rung(k)))?;
            }
            self.write(Op::Ccx(controls[0], controls[1], rung(0)))?;
            for k in up {
                self.write(Op::Ccx(controls[k + 1], idle[k - 1], rung(k)))?;
            }
        }
        Ok(())
    }

    /// Any gate on one qubit, phase included, with any number of controls.
    fn general(&mut self, controls: &[u32], target: u32, gate: &Matrix) -> Result<(), Reason> {
        let Some((&last, others)) = controls.split_last() else {
            let (theta, phi, lambda, _) = matrix::angles(gate);
            return self.write(Op::U { qubit: target, theta, phi, lambda });
        };
        if others.is_empty() {
            let (theta, phi, lambda, gamma) = matrix::angles(gate);
            return self.write(Op::Cu { control: last, target, theta, phi, lambda, gamma });
        }
        let root = matrix::power(gate, 0.5);
        let back = inverse(&root);
        self.general(&[last], target, &root)?;
        self.not_with(others, last, &[target])?;
        self.general(&[last], target, &back)?;
        self.not_with(others, last, &[target])?;
        self.general(others, target, &root)
    }
}

fn inverse(m: &Matrix) -> Matrix {
    let conj = |z: Complex| Complex::new(z.re, -z.im);
    [[conj(m[0][0]), conj(m[1][0])], [conj(m[0][1]), conj(m[1][1])]]
}
