//! The circuits, for the host as OpenQASM 3 and for the yardsticks as lists of gates.

use std::f64::consts::PI;
use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;

/// A gate's name, qubits and angles.
#[derive(Serialize)]
pub struct Gate(&'static str, Vec<usize>, Vec<f64>);

/// The state-vector circuits.
pub const DENSE: [&str; 7] = ["volume", "qcbm", "qft", "ghz", "qaoa", "vqe", "clifford-t"];

/// The circuit `kind` on `n` qubits; always the same.
pub fn circuit(kind: &str, n: usize) -> Vec<Gate> {
    let mut random = StdRng::seed_from_u64(n as u64);
    let mut gates = Vec::new();
    match kind {
        "volume" => volume(n, &mut random, &mut gates),
        "qcbm" => layers(n, 9, &["rz", "rx", "rz"], true, &mut random, &mut gates),
        "vqe" => layers(n, 6, &["ry", "rz"], false, &mut random, &mut gates),
        "qft" => qft(n, &mut gates),
        "qaoa" => qaoa(n, &mut random, &mut gates),
        "clifford" => scrambled(n, &["h", "s"], &mut random, &mut gates),
        "clifford-t" => scrambled(n, &["h", "s", "t", "tdg"], &mut random, &mut gates),
        _ => {
            gates.push(Gate("h", vec![0], vec![]));
            gates.extend((1..n).map(|qubit| Gate("cx", vec![qubit - 1, qubit], vec![])));
        }
    }
    gates
}

/// As OpenQASM 3, with every qubit measured at the end.
pub fn qasm(n: usize, gates: &[Gate]) -> String {
    let mut text = format!("OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[{n}] q;\nbit[{n}] c;\n");
    text += "gate rzz(t) a, b { cx a, b; rz(t) b; cx a, b; }\n";
    for Gate(name, qubits, angles) in gates {
        let name = if *name == "u" { "U" } else { name };
        let list = |items: Vec<String>| items.join(",");
        let angles = match angles.is_empty() {
            true => String::new(),
            false => format!("({})", list(angles.iter().map(|angle| format!("{angle:?}")).collect())),
        };
        let qubits = list(qubits.iter().map(|qubit| format!("q[{qubit}]")).collect());
        let _ = writeln!(text, "{name}{angles} {qubits};");
    }
    text + "c = measure q;\n"
}

fn angle(random: &mut StdRng) -> f64 {
    random.random_range(0.0..2.0 * PI)
}

fn pairs(n: usize, random: &mut StdRng) -> Vec<[usize; 2]> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(random);
    order.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Quantum volume: n layers of random pairs under random two-qubit gates, three CX and eight U each.
fn volume(n: usize, random: &mut StdRng, gates: &mut Vec<Gate>) {
    for [a, b] in (0..n).flat_map(|_| pairs(n, random)).collect::<Vec<_>>() {
        for round in 0..4 {
            for qubit in [a, b] {
                gates.push(Gate("u", vec![qubit], vec![angle(random), angle(random), angle(random)]));
            }
            if round < 3 {
                gates.push(Gate("cx", vec![a, b], vec![]));
            }
        }
    }
}

/// Rotations on every qubit, then CX along the line, closed to a ring or not.
fn layers(
    n: usize,
    depth: usize,
    turns: &[&'static str],
    ring: bool,
    random: &mut StdRng,
    gates: &mut Vec<Gate>,
) {
    for layer in 0..=depth {
        for qubit in 0..n {
            gates.extend(turns.iter().map(|turn| Gate(turn, vec![qubit], vec![angle(random)])));
        }
        if layer < depth {
            let last = if ring { n } else { n - 1 };
            gates.extend((0..last).map(|qubit| Gate("cx", vec![qubit, (qubit + 1) % n], vec![])));
        }
    }
}

fn qft(n: usize, gates: &mut Vec<Gate>) {
    for target in (0..n).rev() {
        gates.push(Gate("h", vec![target], vec![]));
        for control in (0..target).rev() {
            let power = i32::try_from(target - control).unwrap_or(i32::MAX);
            gates.push(Gate("cp", vec![control, target], vec![PI / 2f64.powi(power)]));
        }
    }
    gates.extend((0..n / 2).map(|qubit| Gate("swap", vec![qubit, n - 1 - qubit], vec![])));
}

/// Four rounds over three random perfect matchings: a random 3-regular graph.
fn qaoa(n: usize, random: &mut StdRng, gates: &mut Vec<Gate>) {
    let edges: Vec<[usize; 2]> = (0..3).flat_map(|_| pairs(n, random)).collect();
    gates.extend((0..n).map(|qubit| Gate("h", vec![qubit], vec![])));
    for _ in 0..4 {
        let (gamma, beta) = (angle(random), angle(random));
        gates.extend(edges.iter().map(|edge| Gate("rzz", edge.to_vec(), vec![gamma])));
        gates.extend((0..n).map(|qubit| Gate("rx", vec![qubit], vec![beta])));
    }
}

/// Random gates: half of them CX.
fn scrambled(n: usize, singles: &[&'static str], random: &mut StdRng, gates: &mut Vec<Gate>) {
    for _ in 0..20 * n {
        let a = random.random_range(0..n);
        let b = (a + random.random_range(1..n)) % n;
        if random.random_bool(0.5) {
            gates.push(Gate("cx", vec![a, b], vec![]));
        } else {
            gates.push(Gate(singles[random.random_range(0..singles.len())], vec![a], vec![]));
        }
    }
}
