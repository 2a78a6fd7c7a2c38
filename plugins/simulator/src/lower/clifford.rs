//! Recognising Clifford circuits, and their gates in the terms of the tableau.
//!
//! A circuit is one if all its gates are (rotations by multiples of π/2 among them), if conditions
//! are on Pauli operators alone, if its bit logic only adds, and if it asks for no observables. The host
//! decides by the same rule whether a circuit fits; up to a global phase, which nothing here depends on.

use std::f64::consts::FRAC_PI_2;

use eigen_qdriver::{ClassicalOp, Gates, Operation, Pair, Pauli, Step};

use crate::engine::stabilizer::circuit::{self, Action, Circuit};

/// Up to here a state vector is as fast, and finds its shots in the same order as ever.
pub const DENSE_UP_TO: u32 = 12;

/// How near to a multiple of π/2 an angle has to be, in radians.
const TOLERANCE: f64 = 1e-12;

/// Angles beyond are not looked at: they have no digits left for the comparison.
const LARGEST_ANGLE: f64 = 1000.0;

/// The circuit for the tableau, if it is a Clifford circuit too large for the state vector to be the better way.
/// Its indices must have been checked.
#[must_use]
pub fn clifford(gates: &Gates) -> Option<Circuit> {
    if gates.qubits <= DENSE_UP_TO || !gates.observables.is_empty() {
        return None;
    }
    let mut steps = Vec::with_capacity(gates.steps.len());
    for step in &gates.steps {
        let from = steps.len();
        actions(step, &mut steps)?;
        let paulis = |step: &circuit::Step| matches!(step.action, Action::Pauli { .. });
        if let Some(guard) = step.guard {
            if !steps[from..].iter().all(paulis) {
                return None;
            }
            let guard = crate::engine::circuit::Guard { clbit: guard.clbit, value: guard.value };
            steps[from..].iter_mut().for_each(|step| step.guard = Some(guard));
        }
    }
    Some(Circuit { qubits: gates.qubits, clbits: gates.clbits, output_bits: gates.output_bits, steps })
}

/// How often a quarter turn makes up the angle, from 0 to 3.
fn quarters(theta: f64) -> Option<u32> {
    let turns = (theta / FRAC_PI_2).round();
    let near = theta.abs() <= LARGEST_ANGLE && (theta - turns * FRAC_PI_2).abs() <= TOLERANCE;
    near.then(|| turns.rem_euclid(4.0) as u32)
}

fn actions(step: &Step, steps: &mut Vec<circuit::Step>) -> Option<()> {
    use Operation as Op;
    let mut push = |action| steps.push(circuit::Step { guard: None, action });
    let mut list: Vec<Action> = Vec::new();
    let pauli = |qubit, x, z| Action::Pauli { qubit, x, z };
    match step.operation {
        Op::Id(_) | Op::Barrier => {}
        Op::X(q) => push(pauli(q, true, false)),
        Op::Y(q) => push(pauli(q, true, true)),
        Op::Z(q) => push(pauli(q, false, true)),
        Op::H(q) => push(Action::H(q)),
        Op::S(q) => push(Action::S(q)),
        Op::Sdg(q) => turn_z(q, 3, &mut list),
        Op::Sx(q) => turn_x(q, 1, &mut list),
        Op::Sxdg(q) => turn_x(q, 3, &mut list),
        Op::Rz(r) | Op::P(r) => turn_z(r.qubit, quarters(r.theta)?, &mut list),
        Op::Rx(r) => turn_x(r.qubit, quarters(r.theta)?, &mut list),
        Op::Ry(r) => turn_y(r.qubit, quarters(r.theta)?, &mut list),
        Op::U(u) => {
            turn_z(u.qubit, quarters(u.lambda)?, &mut list);
            turn_y(u.qubit, quarters(u.theta)?, &mut list);
            turn_z(u.qubit, quarters(u.phi)?, &mut list);
        }
        Op::Prx(r) => {
            turn_z(r.qubit, quarters(-r.phi)?, &mut list);
            turn_x(r.qubit, quarters(r.theta)?, &mut list);
            turn_z(r.qubit, quarters(r.phi)?, &mut list);
        }
        Op::Cx(p) => push(Action::Cx(p.a, p.b)),
        Op::Cz(p) => push(Action::Cz(p.a, p.b)),
        Op::Cy(p) => {
            turn_z(p.b, 3, &mut list);
            list.extend([Action::Cx(p.a, p.b), Action::S(p.b)]);
        }
        Op::Swap(p) => swap(p, &mut list),
        Op::Iswap(p) => {
            swap(p, &mut list);
            turn_zz(p, 1, &mut list);
        }
        Op::Ecr(p) => {
            list.push(Action::H(p.a));
            turn_zz(p, 1, &mut list);
            list.extend([Action::H(p.a), pauli(p.b, true, false)]);
        }
        Op::Cp(r) => match quarters(r.theta)? {
            0 => {}
            2 => push(Action::Cz(r.a, r.b)),
            _ => return None,
        },
        Op::Rzz(r) => turn_zz(Pair { a: r.a, b: r.b }, quarters(r.theta)?, &mut list),
        Op::Rxx(r) => {
            let into = [Action::H(r.a), Action::H(r.b)];
            list.extend(into);
            turn_zz(Pair { a: r.a, b: r.b }, quarters(r.theta)?, &mut list);
            list.extend(into);
        }
        Op::Ryy(r) => {
            for q in [r.a, r.b] {
                turn_z(q, 3, &mut list);
                list.push(Action::H(q));
            }
            turn_zz(Pair { a: r.a, b: r.b }, quarters(r.theta)?, &mut list);
            list.extend([r.a, r.b].into_iter().flat_map(|q| [Action::H(q), Action::S(q)]));
        }
        Op::Rzx(r) => {
            list.push(Action::H(r.b));
            turn_zz(Pair { a: r.a, b: r.b }, quarters(r.theta)?, &mut list);
            list.push(Action::H(r.b));
        }
        Op::Measure(m) => {
            // Into Z, and back: what follows acts on the qubit in the basis measured.
            let (into, back): (&[Action], &[Action]) = match m.basis {
                Pauli::Z => (&[], &[]),
                Pauli::X => (&[Action::H(m.qubit)], &[Action::H(m.qubit)]),
                Pauli::Y => (
                    &[Action::S(m.qubit), pauli(m.qubit, false, true), Action::H(m.qubit)],
                    &[Action::H(m.qubit), Action::S(m.qubit)],
                ),
            };
            list.extend(into);
            list.push(Action::Measure { qubit: m.qubit, clbit: m.clbit });
            list.extend(back);
        }
        Op::Reset(q) => push(Action::Reset(q)),
        Op::Classical(ClassicalOp::And(_) | ClassicalOp::Or(_)) => return None,
        Op::Classical(op) => push(Action::Classical(super::classical(op))),
        Op::T(_)
        | Op::Tdg(_)
        | Op::Ch(_)
        | Op::Csx(_)
        | Op::Crx(_)
        | Op::Cry(_)
        | Op::Crz(_)
        | Op::Cu(_)
        | Op::Ccx(_)
        | Op::Ccz(_)
        | Op::Cswap(_)
        | Op::Control(_) => return None,
    }
    steps.extend(list.into_iter().map(|action| circuit::Step { guard: None, action }));
    Some(())
}

/// RZ by quarter turns: S, Z, or S and Z.
fn turn_z(qubit: u32, quarters: u32, list: &mut Vec<Action>) {
    if quarters & 1 == 1 {
        list.push(Action::S(qubit));
    }
    if quarters & 2 == 2 {
        list.push(Action::Pauli { qubit, x: false, z: true });
    }
}

/// RX = H·RZ·H.
fn turn_x(qubit: u32, quarters: u32, list: &mut Vec<Action>) {
    list.push(Action::H(qubit));
    turn_z(qubit, quarters, list);
    list.push(Action::H(qubit));
}

/// RY = S·RX·S†.
fn turn_y(qubit: u32, quarters: u32, list: &mut Vec<Action>) {
    turn_z(qubit, 3, list);
    turn_x(qubit, quarters, list);
    list.push(Action::S(qubit));
}

/// RZZ by quarter turns; one is diag(1, i, i, 1) = CZ·(S ⊗ S).
fn turn_zz(Pair { a, b }: Pair, quarters: u32, list: &mut Vec<Action>) {
    for _ in 0..quarters {
        list.extend([Action::Cz(a, b), Action::S(a), Action::S(b)]);
    }
}

fn swap(Pair { a, b }: Pair, list: &mut Vec<Action>) {
    list.extend([Action::Cx(a, b), Action::Cx(b, a), Action::Cx(a, b)]);
}
