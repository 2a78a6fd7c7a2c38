//! Random gates of every kind, on random qubits with random angles.

use eigen_qdriver::testing::step;
use eigen_qdriver::{
    ControlQubit, Operation as Op, Pair, PairRotation, PairU, PhasedRotation, Rotation, Step, Triple, U3,
};
use eigen_simulator::engine::random::Random;

/// How many kinds of gates there are.
pub const KINDS: usize = 37;

/// Draws from 0 to `below` − 1.
pub fn number(random: &mut Random, below: usize) -> usize {
    (random.unit() * below as f64) as usize
}

pub fn angle(random: &mut Random) -> f64 {
    (random.unit() - 0.5) * 4.0 * std::f64::consts::PI
}

/// All qubits in random order.
pub fn shuffled(random: &mut Random, n: u32) -> Vec<u32> {
    let mut qubits: Vec<u32> = (0..n).collect();
    for last in (1..n as usize).rev() {
        qubits.swap(last, number(random, last + 1));
    }
    qubits
}

/// The gate number `kind` on the first of `q`, and how many of them it takes.
pub fn gate(kind: usize, q: &[u32], random: &mut Random) -> (Op, usize) {
    let mut r = || angle(random);
    let one = |theta| Rotation { qubit: q[0], theta };
    let pair = || Pair { a: q[0], b: q[1] };
    let turn = |theta| PairRotation { a: q[0], b: q[1], theta };
    let three = || Triple { a: q[0], b: q[1], c: q[2] };
    match kind {
        0 => (Op::Id(q[0]), 1),
        1 => (Op::X(q[0]), 1),
        2 => (Op::Y(q[0]), 1),
        3 => (Op::Z(q[0]), 1),
        4 => (Op::H(q[0]), 1),
        5 => (Op::S(q[0]), 1),
        6 => (Op::Sdg(q[0]), 1),
        7 => (Op::T(q[0]), 1),
        8 => (Op::Tdg(q[0]), 1),
        9 => (Op::Sx(q[0]), 1),
        10 => (Op::Sxdg(q[0]), 1),
        11 => (Op::Rx(one(r())), 1),
        12 => (Op::Ry(one(r())), 1),
        13 => (Op::Rz(one(r())), 1),
        14 => (Op::P(one(r())), 1),
        15 => (Op::U(U3 { qubit: q[0], theta: r(), phi: r(), lambda: r() }), 1),
        16 => (Op::Prx(PhasedRotation { qubit: q[0], theta: r(), phi: r() }), 1),
        17 => (Op::Cx(pair()), 2),
        18 => (Op::Cy(pair()), 2),
        19 => (Op::Cz(pair()), 2),
        20 => (Op::Ch(pair()), 2),
        21 => (Op::Csx(pair()), 2),
        22 => (Op::Swap(pair()), 2),
        23 => (Op::Iswap(pair()), 2),
        24 => (Op::Ecr(pair()), 2),
        25 => (Op::Cp(turn(r())), 2),
        26 => (Op::Crx(turn(r())), 2),
        27 => (Op::Cry(turn(r())), 2),
        28 => (Op::Crz(turn(r())), 2),
        29 => (Op::Rxx(turn(r())), 2),
        30 => (Op::Ryy(turn(r())), 2),
        31 => (Op::Rzz(turn(r())), 2),
        32 => (Op::Rzx(turn(r())), 2),
        33 => {
            let (control, target) = (q[0], q[1]);
            (Op::Cu(PairU { control, target, theta: r(), phi: r(), lambda: r(), gamma: r() }), 2)
        }
        34 => (Op::Ccx(three()), 3),
        35 => (Op::Ccz(three()), 3),
        _ => (Op::Cswap(three()), 3),
    }
}

/// The steps of a gate under controls.
pub fn steps(operation: Op, controls: &[(u32, bool)]) -> Vec<Step> {
    let control = |&(qubit, active_on): &(u32, bool)| step(Op::Control(ControlQubit { qubit, active_on }));
    controls.iter().map(control).chain([step(operation)]).collect()
}

/// Up to two controls on qubits of `free`.
pub fn controls(free: &[u32], random: &mut Random) -> Vec<(u32, bool)> {
    let count = number(random, 3).min(free.len());
    free[..count].iter().map(|&qubit| (qubit, random.unit() < 0.5)).collect()
}
