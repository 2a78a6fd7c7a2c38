//! Gates on one qubit by others, up to a global phase.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::{Reason, Writer};
use crate::matrix::{self, Matrix};
use crate::program::{GateName as G, Operation as Op};

impl Writer {
    pub(super) fn single(&mut self, gate: Op, matrix: &Matrix) -> Result<(), Reason> {
        let Some(qubit) = gate.qubits().next() else { return Ok(()) };
        let has = |name| self.set.contains(name);
        let (theta, phi, lambda, _) = matrix::angles(matrix);
        let diagonal = theta.abs() < 1e-12;
        // A turn about Z by whatever name, also where the general gate would do.
        if diagonal {
            let angle = phi + lambda;
            if has(G::Rz) {
                self.out.push(Op::Rz { qubit, theta: angle });
                return Ok(());
            }
            if has(G::P) {
                self.out.push(Op::P { qubit, theta: angle });
                return Ok(());
            }
        }
        if let Some(sequence) = self.fixed(gate) {
            self.out.extend(sequence);
            return Ok(());
        }
        if has(G::U) {
            self.out.push(Op::U { qubit, theta, phi, lambda });
            return Ok(());
        }
        let z = |theta| if has(G::Rz) { Op::Rz { qubit, theta } } else { Op::P { qubit, theta } };
        let turns_z = has(G::Rz) || has(G::P);
        let ry = |theta| Op::Ry { qubit, theta };
        let rx = |theta| Op::Rx { qubit, theta };
        let gates = if turns_z && has(G::Ry) {
            vec![z(lambda), ry(theta), z(phi)]
        } else if turns_z && has(G::Rx) {
            // Ry(θ) = Rz(π/2) Rx(θ) Rz(-π/2)
            vec![z(lambda - FRAC_PI_2), rx(theta), z(phi + FRAC_PI_2)]
        } else if turns_z && has(G::Prx) {
            vec![z(lambda), Op::Prx { qubit, theta, phi: FRAC_PI_2 }, z(phi)]
        } else if turns_z && has(G::Sx) {
            vec![z(lambda), Op::Sx(qubit), z(theta + PI), Op::Sx(qubit), z(phi + PI)]
        } else if turns_z && has(G::H) {
            // Rx(θ) = H Rz(θ) H
            vec![z(lambda - FRAC_PI_2), Op::H(qubit), z(theta), Op::H(qubit), z(phi + FRAC_PI_2)]
        } else if has(G::Rx) && has(G::Ry) {
            // Rz(θ) = Rx(π/2) Ry(θ) Rx(-π/2)
            let z = |theta| [rx(-FRAC_PI_2), ry(theta), rx(FRAC_PI_2)];
            [z(lambda).as_slice(), &[ry(theta)], &z(phi)].concat()
        } else if has(G::Prx) {
            // Rz(θ) is a half turn about one axis after a half turn about another.
            let prx = |theta, phi| Op::Prx { qubit, theta, phi };
            let z = |angle: f64| [prx(PI, 0.0), prx(PI, angle / 2.0)];
            [z(lambda).as_slice(), &[prx(theta, FRAC_PI_2)], &z(phi)].concat()
        } else {
            return Err("the device's gates on one qubit cannot express it");
        };
        let turns = |gate: &Op| gate.angles().next().is_none_or(|angle| angle != 0.0);
        self.out.extend(gates.into_iter().filter(turns));
        Ok(())
    }

    /// Gates without angles by others without angles, for devices that have nothing else.
    fn fixed(&self, gate: Op) -> Option<Vec<Op>> {
        let q = gate.qubits().next()?;
        let quarter = |angle: f64| {
            let turns = angle / FRAC_PI_4;
            ((turns - turns.round()).abs() < 1e-12).then(|| turns.round().rem_euclid(8.0) as usize)
        };
        // Eighths of a turn about Z, as far as the gate is one.
        let eighths = match gate {
            Op::Z(_) => Some(4),
            Op::S(_) => Some(2),
            Op::Sdg(_) => Some(6),
            Op::T(_) => Some(1),
            Op::Tdg(_) => Some(7),
            Op::P { theta, .. } | Op::Rz { theta, .. } => quarter(theta),
            _ => None,
        };
        let z = |eighths: usize| {
            let mut gates = Vec::new();
            let mut rest = eighths;
            for (name, gate, size) in [
                (G::Z, Op::Z(q), 4),
                (G::Sdg, Op::Sdg(q), 6),
                (G::Tdg, Op::Tdg(q), 7),
                (G::S, Op::S(q), 2),
                (G::T, Op::T(q), 1),
            ] {
                while self.set.contains(name) && rest >= size {
                    gates.push(gate);
                    rest -= size;
                }
            }
            (rest == 0).then_some(gates)
        };
        if let Some(eighths) = eighths {
            return z(eighths);
        }
        if !self.set.contains(G::H) {
            return None;
        }
        let between = |eighths| {
            let mut gates = z(eighths)?;
            gates.insert(0, Op::H(q));
            gates.push(Op::H(q));
            Some(gates)
        };
        match gate {
            Op::X(_) => between(4),
            Op::Sx(_) => between(2),
            Op::Sxdg(_) => between(6),
            Op::Rx { theta, .. } => between(quarter(theta)?),
            Op::Y(_) => Some([between(4)?, z(4)?].concat()),
            _ => None,
        }
    }
}
