//! OpenQASM 2, with the gates of `qelib1.inc` as it was published.
//!
//! Its conditions compare whole registers, so where there are any, every bit is a register of its
//! own, in the order of the bits.

use std::fmt::Write;

use super::set;
use super::text::{push_double, push_number};
use crate::decompose::{GateSet, Inexpressible};
use crate::program::{GateName as G, Guard, Operation as Op, Pauli, Program};

/// What OpenQASM 2 has.
pub(super) fn gates() -> GateSet {
    set(&[
        G::Id,
        G::X,
        G::Y,
        G::Z,
        G::H,
        G::S,
        G::Sdg,
        G::T,
        G::Tdg,
        G::Rx,
        G::Ry,
        G::Rz,
        G::P,
        G::U,
        G::Cx,
        G::Cy,
        G::Cz,
        G::Ch,
        G::Cp,
        G::Crz,
        G::Cu,
        G::Ccx,
        G::Measure,
        G::Reset,
        G::Barrier,
    ])
}

pub(super) fn write(program: &Program) -> Result<String, Inexpressible> {
    let mut out = String::with_capacity(20 * program.steps.len() + 128);
    out.push_str("OPENQASM 2.0;\ninclude \"qelib1.inc\";\n");
    let _ = writeln!(out, "qreg q[{}];", program.qubits);
    let single = program.steps.iter().any(|step| step.guard.is_some());
    if single {
        (0..program.clbits).for_each(|bit| {
            let _ = writeln!(out, "creg c{bit}[1];");
        });
    } else if program.clbits > 0 {
        let _ = writeln!(out, "creg c[{}];", program.clbits);
    }
    for (step, it) in program.steps.iter().enumerate() {
        let guard = it.guard;
        let mut line = |before: &str, parts: &dyn Fn(&mut String)| {
            if let Some(Guard { clbit, value }) = guard {
                let _ = write!(out, "if(c{clbit}=={}) ", u8::from(value));
            }
            out.push_str(before);
            parts(&mut out);
            out.push_str(";\n");
        };
        match it.operation {
            Op::Barrier => line("barrier q", &|_| {}),
            Op::Reset(qubit) => line("reset", &|out| qubits(out, &[qubit])),
            Op::Measure { qubit, clbit, basis } => {
                let (before, after): (&[&str], &[&str]) = match basis {
                    Pauli::X => (&["h"], &["h"]),
                    Pauli::Y => (&["sdg", "h"], &["h", "s"]),
                    Pauli::Z => (&[], &[]),
                };
                for gate in before {
                    line(gate, &|out| qubits(out, &[qubit]));
                }
                line("measure", &|out| {
                    qubits(out, &[qubit]);
                    let _ =
                        if single { write!(out, " -> c{clbit}[0]") } else { write!(out, " -> c[{clbit}]") };
                });
                for gate in after {
                    line(gate, &|out| qubits(out, &[qubit]));
                }
            }
            Op::Cu { control, target, theta, phi, lambda, gamma } => {
                if gamma != 0.0 {
                    line("u1", &|out| call(out, &[gamma], &[control]));
                }
                line("cu3", &|out| call(out, &[theta, phi, lambda], &[control, target]));
            }
            operation => {
                let name = match operation {
                    Op::P { .. } => "u1",
                    Op::U { .. } => "u3",
                    Op::Cp { .. } => "cu1",
                    Op::Classical(_) | Op::Control { .. } => {
                        let reason = "OpenQASM 2 has no such operation";
                        return Err(Inexpressible { step, operation: operation.name(), reason });
                    }
                    _ => operation.name().as_str(),
                };
                let angles: Vec<f64> = operation.angles().collect();
                let on: Vec<u32> = operation.qubits().collect();
                line(name, &|out| call(out, &angles, &on));
            }
        }
    }
    Ok(out)
}

fn call(out: &mut String, angles: &[f64], on: &[u32]) {
    for (index, &angle) in angles.iter().enumerate() {
        out.push(if index == 0 { '(' } else { ',' });
        push_double(out, angle);
    }
    if !angles.is_empty() {
        out.push(')');
    }
    qubits(out, on);
}

fn qubits(out: &mut String, on: &[u32]) {
    for (index, &qubit) in on.iter().enumerate() {
        out.push_str(if index == 0 { " q[" } else { ",q[" });
        push_number(out, qubit);
        out.push(']');
    }
}
