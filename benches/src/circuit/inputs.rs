//! Circuits to read: the same operations in every language, made by a fixed rule.

use std::fmt::Write as _;

use serde::Deserialize;

const QUBITS: u64 = 20;

/// An operation on one or two of the qubits.
#[derive(Clone, Copy)]
pub enum Gate {
    H(u64),
    X(u64),
    Cx(u64, u64),
    Rz(u64, f64),
}

/// What the yardstick makes of AQO JSON.
#[derive(Deserialize)]
#[expect(dead_code, reason = "made and dropped: that is what is measured")]
pub struct Plain {
    version: String,
    qubits: u32,
    operations: Vec<PlainOperation>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "made and dropped: that is what is measured")]
struct PlainOperation {
    op: String,
    q: Vec<u32>,
    c: Option<Vec<u32>>,
    params: Option<PlainParams>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "made and dropped: that is what is measured")]
struct PlainParams {
    theta: f64,
}

/// Gates of all kinds.
pub fn mixed(operations: usize) -> Vec<Gate> {
    gates(operations, 4)
}

/// Rotations only: numbers are most of the text.
pub fn rotations(operations: usize) -> Vec<Gate> {
    gates(operations, 1)
}

fn gates(operations: usize, kinds: u64) -> Vec<Gate> {
    // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut gate = || {
        let qubit = random() % QUBITS;
        match random() % kinds {
            0 => Gate::Rz(qubit, (random() >> 11) as f64 / (1_u64 << 53) as f64 * std::f64::consts::TAU),
            1 => Gate::H(qubit),
            2 => Gate::X(qubit),
            _ => Gate::Cx(qubit, (qubit + 1 + random() % (QUBITS - 1)) % QUBITS),
        }
    };
    (0..operations).map(|_| gate()).collect()
}

pub fn aqo(gates: &[Gate]) -> String {
    let mut text = format!(r#"{{"version":"1.0.0","qubits":{QUBITS},"operations":["#);
    for (index, gate) in gates.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = match gate {
            Gate::H(q) => write!(text, r#"{{"op":"H","q":[{q}]}}"#),
            Gate::X(q) => write!(text, r#"{{"op":"X","q":[{q}]}}"#),
            Gate::Cx(a, b) => write!(text, r#"{{"op":"CX","q":[{a},{b}]}}"#),
            Gate::Rz(q, theta) => write!(text, r#"{{"op":"RZ","q":[{q}],"params":{{"theta":{theta}}}}}"#),
        };
    }
    text.push_str("]}");
    text
}

pub fn qasm3(gates: &[Gate]) -> String {
    let head = format!("OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[{QUBITS}] q;\nbit[{QUBITS}] c;\n");
    statements(head, gates) + "c = measure q;\n"
}

pub fn qasm2(gates: &[Gate]) -> String {
    let head = format!("OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[{QUBITS}];\ncreg c[{QUBITS}];\n");
    statements(head, gates) + "measure q -> c;\n"
}

fn statements(mut text: String, gates: &[Gate]) -> String {
    for gate in gates {
        let _ = match gate {
            Gate::H(q) => writeln!(text, "h q[{q}];"),
            Gate::X(q) => writeln!(text, "x q[{q}];"),
            Gate::Cx(a, b) => writeln!(text, "cx q[{a}], q[{b}];"),
            Gate::Rz(q, theta) => writeln!(text, "rz({theta}) q[{q}];"),
        };
    }
    text
}

/// A short text that unrolls into about so many operations: a layer of a gate of its own on all qubits.
pub fn loops(operations: usize) -> String {
    let layers = operations as u64 / (3 * QUBITS);
    format!(
        "OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[{QUBITS}] q;\n\
         gate turn(a) x {{ rz(a) x; sx x; rz(-a / 2) x; }}\n\
         for int i in [1:{layers}] {{ turn(pi / i) q; }}\n"
    )
}
