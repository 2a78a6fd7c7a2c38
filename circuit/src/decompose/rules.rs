//! The rules for gates on two and three qubits, in the order of time.
//!
//! `exact` gives gates whose product is the gate itself, phase included: it may be controlled as a
//! whole by controlling each of them. The identities are the textbook ones (Barenco et al. 1995;
//! Nielsen and Chuang, chapter 4).

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use super::GateSet;
use crate::program::{GateName as G, Operation as Op};

fn h(qubit: u32) -> Op {
    Op::H(qubit)
}

fn p(qubit: u32, theta: f64) -> Op {
    Op::P { qubit, theta }
}

fn rx(qubit: u32, theta: f64) -> Op {
    Op::Rx { qubit, theta }
}

fn ry(qubit: u32, theta: f64) -> Op {
    Op::Ry { qubit, theta }
}

fn rz(qubit: u32, theta: f64) -> Op {
    Op::Rz { qubit, theta }
}

/// A controlled NOT up to a global phase, by whatever entangles.
pub(super) fn cx(set: GateSet, a: u32, b: u32) -> Option<Vec<Op>> {
    Some(if set.contains(G::Cz) || has_cz(set) {
        vec![h(b), Op::Cz(a, b), h(b)]
    } else if set.contains(G::Cy) {
        vec![Op::S(b), Op::Cy(a, b), Op::Sdg(b)]
    } else if set.contains(G::Rzx) {
        vec![rz(a, FRAC_PI_2), rx(b, FRAC_PI_2), Op::Rzx { a, b, theta: -FRAC_PI_2 }]
    } else if set.contains(G::Ecr) {
        vec![rz(a, FRAC_PI_2), rx(b, FRAC_PI_2), Op::X(a), Op::Ecr(b, a)]
    } else if set.contains(G::Iswap) {
        // Two of them make exp(-iπ/4 ZX) up to local gates.
        vec![
            rz(a, -FRAC_PI_2),
            rx(b, FRAC_PI_2),
            rz(b, FRAC_PI_2),
            Op::Iswap(a, b),
            rx(a, FRAC_PI_2),
            Op::Iswap(a, b),
            rz(b, FRAC_PI_2),
        ]
    } else {
        return None;
    })
}

/// Whether `cz` has a rule for this set.
fn has_cz(set: GateSet) -> bool {
    [G::Cp, G::Crz, G::Rzz, G::Rxx, G::Ryy, G::Cu].into_iter().any(|name| set.contains(name))
}

/// A controlled Z up to a global phase, by another gate than CX.
pub(super) fn cz(set: GateSet, a: u32, b: u32) -> Option<Vec<Op>> {
    if set.contains(G::Cx) {
        return None;
    }
    let theta = -FRAC_PI_2;
    let turns = [rz(a, FRAC_PI_2), rz(b, FRAC_PI_2)];
    Some(if set.contains(G::Cp) {
        vec![Op::Cp { a, b, theta: std::f64::consts::PI }]
    } else if set.contains(G::Cu) {
        vec![Op::Cu { control: a, target: b, theta: 0.0, phi: 0.0, lambda: std::f64::consts::PI, gamma: 0.0 }]
    } else if set.contains(G::Crz) {
        vec![p(a, FRAC_PI_2), Op::Crz { a, b, theta: std::f64::consts::PI }]
    } else if set.contains(G::Rzz) {
        vec![turns[0], turns[1], Op::Rzz { a, b, theta }]
    } else if set.contains(G::Rxx) {
        vec![turns[0], turns[1], h(a), h(b), Op::Rxx { a, b, theta }, h(a), h(b)]
    } else if set.contains(G::Ryy) {
        let (turn, back) = (FRAC_PI_2, -FRAC_PI_2);
        vec![turns[0], turns[1], rx(a, back), rx(b, back), Op::Ryy { a, b, theta }, rx(a, turn), rx(b, turn)]
    } else {
        return None;
    })
}

/// Gates whose product is exactly the gate.
pub(super) fn exact(gate: Op) -> Vec<Op> {
    match gate {
        Op::Cz(a, b) => vec![h(b), Op::Cx(a, b), h(b)],
        Op::Cy(a, b) => vec![Op::Sdg(b), Op::Cx(a, b), Op::S(b)],
        Op::Ch(a, b) => vec![ry(b, -FRAC_PI_4), Op::Cz(a, b), ry(b, FRAC_PI_4)],
        Op::Csx(a, b) => vec![h(b), Op::Cp { a, b, theta: FRAC_PI_2 }, h(b)],
        Op::Cp { a, b, theta } => {
            let half = theta / 2.0;
            vec![p(a, half), p(b, half), Op::Cx(a, b), p(b, -half), Op::Cx(a, b)]
        }
        Op::Crx { a, b, theta } => vec![h(b), Op::Crz { a, b, theta }, h(b)],
        Op::Cry { a, b, theta } => vec![ry(b, theta / 2.0), Op::Cx(a, b), ry(b, -theta / 2.0), Op::Cx(a, b)],
        Op::Crz { a, b, theta } => vec![rz(b, theta / 2.0), Op::Cx(a, b), rz(b, -theta / 2.0), Op::Cx(a, b)],
        Op::Cu { control, target, theta, phi, lambda, gamma } => vec![
            p(control, gamma + f64::midpoint(phi, lambda)),
            p(target, (lambda - phi) / 2.0),
            Op::Cx(control, target),
            Op::U { qubit: target, theta: -theta / 2.0, phi: 0.0, lambda: -f64::midpoint(phi, lambda) },
            Op::Cx(control, target),
            Op::U { qubit: target, theta: theta / 2.0, phi, lambda: 0.0 },
        ],
        Op::Swap(a, b) => vec![Op::Cx(a, b), Op::Cx(b, a), Op::Cx(a, b)],
        Op::Iswap(a, b) => vec![Op::S(a), Op::S(b), h(a), Op::Cx(a, b), Op::Cx(b, a), h(b)],
        Op::Ecr(a, b) => vec![Op::Rzx { a: b, b: a, theta: FRAC_PI_2 }, Op::X(b)],
        Op::Rzz { a, b, theta } => vec![Op::Cx(a, b), rz(b, theta), Op::Cx(a, b)],
        Op::Rxx { a, b, theta } => vec![h(a), h(b), Op::Rzz { a, b, theta }, h(a), h(b)],
        Op::Ryy { a, b, theta } => {
            let (turn, back) = (FRAC_PI_2, -FRAC_PI_2);
            vec![rx(a, turn), rx(b, turn), Op::Rzz { a, b, theta }, rx(a, back), rx(b, back)]
        }
        Op::Rzx { a, b, theta } => vec![h(b), Op::Rzz { a, b, theta }, h(b)],
        Op::Ccz(a, b, c) => vec![h(c), Op::Ccx(a, b, c), h(c)],
        Op::Cswap(a, b, c) => vec![Op::Cx(c, b), Op::Ccx(a, b, c), Op::Cx(c, b)],
        Op::Ccx(a, b, c) => vec![
            h(c),
            Op::Cx(b, c),
            Op::Tdg(c),
            Op::Cx(a, c),
            Op::T(c),
            Op::Cx(b, c),
            Op::Tdg(c),
            Op::Cx(a, c),
            Op::T(b),
            Op::T(c),
            h(c),
            Op::Cx(a, b),
            Op::T(a),
            Op::Tdg(b),
            Op::Cx(a, b),
        ],
        other => vec![other],
    }
}
