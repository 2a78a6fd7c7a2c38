//! How fast the front ends are: megabytes a second and bytes of memory an operation.

use eigen_circuit::{Bindings, Form, Limits, Source, compile, emit};
use std::fmt::Write;
use std::time::Instant;

fn best(mut f: impl FnMut()) -> f64 {
    (0..7)
        .map(|_| {
            let t = Instant::now();
            f();
            t.elapsed().as_secs_f64()
        })
        .fold(f64::MAX, f64::min)
}

fn main() {
    let n = 200_000;
    let mut q1 = String::from("OPENQASM 3.0;\ninclude \"stdgates.inc\";\nqubit[20] q;\nbit[20] c;\n");
    let mut q2 = String::from("OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[20];\ncreg c[20];\n");
    let mut plain = String::from("OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[20];\ncreg c[20];\n");
    for i in 0..n {
        let (a, b) = (i % 20, (i * 7 + 1) % 20);
        match i % 4 {
            0 => {
                let _ = writeln!(q1, "h q[{a}];");
                let _ = writeln!(q2, "u3({:.6},{:.6},{:.6}) q[{a}];", i as f64 * 0.001, 0.5, 1.25);
            }
            1 => {
                let _ = writeln!(q1, "rx(pi/{}) q[{a}];", i % 16 + 1);
                let _ = writeln!(q2, "rz(pi/{}) q[{a}];", i % 16 + 1);
            }
            2 if a != b => {
                let _ = writeln!(q1, "cx q[{a}], q[{b}];");
                let _ = writeln!(q2, "cx q[{a}],q[{b}];");
            }
            _ => {
                let _ = writeln!(q1, "rz({}) q[{b}];", i as f64 * 0.01);
                let _ = writeln!(q2, "h q[{b}];");
            }
        }
        let _ = if a != b { writeln!(plain, "cx q[{a}],q[{b}];") } else { writeln!(plain, "t q[{a}];") };
    }
    let limits = Limits { bytes: 1 << 30, ..Limits::default() };
    for (name, text) in [("qasm3", &q1), ("qasm2", &q2), ("plain", &plain)] {
        let steps = compile(Source::Qasm3(text.as_bytes()), &Bindings::default(), &limits)
            .unwrap()
            .program
            .steps
            .len();
        let t = best(|| {
            let _ = compile(Source::Qasm3(text.as_bytes()), &Bindings::default(), &limits);
        });
        println!(
            "{name}: {:.1} MB/s, {:.0} ns/op, {steps}",
            text.len() as f64 / t / 1e6,
            t / steps as f64 * 1e9
        );
    }
    let program = compile(Source::Qasm3(q1.as_bytes()), &Bindings::default(), &limits).unwrap().program;
    let json = emit(&program, Form::AqoJson).unwrap();
    let t = best(|| {
        let _ = compile(Source::AqoJson(&json), &Bindings::default(), &limits);
    });
    println!("aqo json: {:.1} MB/s, {:.0} ns/op", json.len() as f64 / t / 1e6, t / n as f64 * 1e9);
    let proto = emit(&program, Form::AqoProto).unwrap();
    let t = best(|| {
        let _ = compile(Source::AqoProto(&proto), &Bindings::default(), &limits);
    });
    println!("aqo proto: {:.1} MB/s, {:.0} ns/op", proto.len() as f64 / t / 1e6, t / n as f64 * 1e9);
    let t = best(|| {
        let _ = emit(&program, Form::AqoJson);
    });
    println!("emit json: {:.1} MB/s, {:.0} ns/op", json.len() as f64 / t / 1e6, t / n as f64 * 1e9);
}
