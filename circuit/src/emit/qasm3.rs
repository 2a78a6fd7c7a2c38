//! OpenQASM 3: the gates of `stdgates.inc`, and definitions for the others that are used.
//!
//! `U` is never written under a control: the phase that counts there is not the same for all
//! readers of the language, and `cu` has it as a parameter. Scratch bits are those of a block, so
//! that they are no part of the answer.

use std::fmt::Write;

use super::text::push_double;
use crate::program::{ClassicalOp, GateName as G, Guard, Operation as Op, Pauli, Program};

/// Definitions of gates that `stdgates.inc` lacks.
const DEFINITIONS: [(G, &str); 10] = [
    (G::Sxdg, "gate sxdg a { inv @ sx a; }"),
    (G::Prx, "gate prx(theta, phi) a { rz(-phi) a; rx(theta) a; rz(phi) a; }"),
    (G::Csx, "gate csx a, b { ctrl @ sx a, b; }"),
    (G::Iswap, "gate iswap a, b { s a; s b; h a; cx a, b; cx b, a; h b; }"),
    (G::Ecr, "gate ecr a, b { h b; cx a, b; rz(pi/2) b; cx a, b; h b; x a; }"),
    (G::Rxx, "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }"),
    (
        G::Ryy,
        "gate ryy(theta) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(theta) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b; }",
    ),
    (G::Rzz, "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }"),
    (G::Rzx, "gate rzx(theta) a, b { h b; cx a, b; rz(theta) b; cx a, b; h b; }"),
    (G::Ccz, "gate ccz a, b, c { h c; ccx a, b, c; h c; }"),
];

pub(super) fn write(program: &Program) -> String {
    let mut out = String::with_capacity(20 * program.steps.len() + 128);
    out.push_str("OPENQASM 3.0;\ninclude \"stdgates.inc\";\n");
    for (name, definition) in DEFINITIONS {
        if program.steps.iter().any(|step| step.operation.name() == name) {
            out.push_str(definition);
            out.push('\n');
        }
    }
    let _ = writeln!(out, "qubit[{}] q;", program.qubits);
    if program.output_bits > 0 {
        let _ = writeln!(out, "bit[{}] c;", program.output_bits);
    }
    let scratch = program.clbits.saturating_sub(program.output_bits);
    if scratch > 0 {
        let _ = writeln!(out, "{{\nbit[{scratch}] t;");
    }
    let bits = Bits { output: program.output_bits };
    let mut controls = Vec::new();
    for step in &program.steps {
        match step.operation {
            Op::Control { qubit, active_on } => controls.push((qubit, active_on)),
            operation => {
                statement(&mut out, bits, &controls, operation, step.guard);
                controls.clear();
            }
        }
    }
    if scratch > 0 {
        out.push_str("}\n");
    }
    out
}

/// The names of classical bits.
#[derive(Clone, Copy)]
struct Bits {
    output: u32,
}

impl Bits {
    fn push(self, out: &mut String, bit: u32) {
        let _ = match bit.checked_sub(self.output) {
            None => write!(out, "c[{bit}]"),
            Some(scratch) => write!(out, "t[{scratch}]"),
        };
    }
}

fn statement(out: &mut String, bits: Bits, controls: &[(u32, bool)], operation: Op, guard: Option<Guard>) {
    if let Op::Barrier = operation {
        out.push_str("barrier q;\n");
        return;
    }
    if let Some(Guard { clbit, value }) = guard {
        out.push_str(if value { "if (" } else { "if (!" });
        bits.push(out, clbit);
        out.push_str(") { ");
    }
    match operation {
        Op::Measure { qubit, clbit, basis } => {
            let (before, after): (&[&str], &[&str]) = match basis {
                Pauli::X => (&["h"], &["h"]),
                Pauli::Y => (&["sdg", "h"], &["h", "s"]),
                Pauli::Z => (&[], &[]),
            };
            for gate in before {
                let _ = write!(out, "{gate} q[{qubit}]; ");
            }
            bits.push(out, clbit);
            let _ = write!(out, " = measure q[{qubit}];");
            for gate in after {
                let _ = write!(out, " {gate} q[{qubit}];");
            }
        }
        Op::Reset(qubit) => {
            let _ = write!(out, "reset q[{qubit}];");
        }
        Op::Classical(operation) => classical(out, bits, operation),
        gate => call(out, controls, gate),
    }
    out.push_str(if guard.is_some() { " }\n" } else { "\n" });
}

fn classical(out: &mut String, bits: Bits, operation: ClassicalOp) {
    let (dst, sign, sources): (u32, &str, &[u32]) = match &operation {
        ClassicalOp::Set { dst, value } => (*dst, if *value { "1" } else { "0" }, &[]),
        ClassicalOp::Copy { dst, src } => (*dst, "", std::slice::from_ref(src)),
        ClassicalOp::Not { dst, src } => (*dst, "~", std::slice::from_ref(src)),
        ClassicalOp::And { dst, a, b } => (*dst, " & ", &[*a, *b]),
        ClassicalOp::Or { dst, a, b } => (*dst, " | ", &[*a, *b]),
        ClassicalOp::Xor { dst, a, b } => (*dst, " ^ ", &[*a, *b]),
    };
    bits.push(out, dst);
    out.push_str(" = ");
    match *sources {
        [a, b] => {
            bits.push(out, a);
            out.push_str(sign);
            bits.push(out, b);
        }
        [a] => {
            out.push_str(sign);
            bits.push(out, a);
        }
        _ => out.push_str(sign),
    }
    out.push(';');
}

fn call(out: &mut String, controls: &[(u32, bool)], gate: Op) {
    let mut controls = controls.to_vec();
    let mut gate = gate;
    if let Op::U { qubit, theta, phi, lambda } = gate
        && let Some((control, active_on)) = controls.pop()
    {
        // A control on 0 is one on 1 between two flips, which need no controls.
        gate = Op::Cu { control, target: qubit, theta, phi, lambda, gamma: 0.0 };
        if !active_on {
            let _ = write!(out, "x q[{control}]; ");
            call(out, &controls, gate);
            let _ = write!(out, " x q[{control}];");
            return;
        }
    }
    for (_, active_on) in &controls {
        out.push_str(if *active_on { "ctrl @ " } else { "negctrl @ " });
    }
    match gate {
        Op::U { .. } => out.push('U'),
        gate => out.push_str(gate.name().as_str()),
    }
    let mut open = false;
    for angle in gate.angles() {
        out.push_str(if open { ", " } else { "(" });
        open = true;
        push_double(out, angle);
    }
    if open {
        out.push(')');
    }
    for (index, qubit) in controls.iter().map(|&(qubit, _)| qubit).chain(written_qubits(gate)).enumerate() {
        out.push_str(if index > 0 { ", q[" } else { " q[" });
        super::text::push_number(out, qubit);
        out.push(']');
    }
    out.push(';');
}

/// The qubits in the order in which the text names them. The echoed cross resonance gate of the
/// texts has its factors the other way round.
fn written_qubits(gate: Op) -> impl Iterator<Item = u32> {
    let mut qubits: Vec<u32> = gate.qubits().collect();
    if let Op::Ecr(..) = gate {
        qubits.reverse();
    }
    qubits.into_iter()
}
