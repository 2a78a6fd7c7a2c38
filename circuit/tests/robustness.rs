//! No bytes make the front ends panic, hang, or break their promises.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
mod common;

use std::fmt::Write;
use std::time::{Duration, Instant};

use common::check_invariants;
use eigen_circuit::{Bindings, Compiled, Errors, Limits, Source, canonical_aqo_json, compile};
use proptest::prelude::*;

/// Small limits, so that programs made at random reach them.
const LIMITS: Limits = Limits {
    bytes: 1 << 16,
    nesting: 64,
    qubits: 50,
    clbits: 20,
    operations: 500,
    tokens: 1 << 16,
    work: 100_000,
    errors: 5,
};

const AQO: &str = r#"{"version":"1.0.0","qubits":3,"parameters":{"a":"b","b":0.5,"c":"a"},"operations":[
    {"op":"RX","q":[0],"params":{"theta":"a"}},{"op":"CX","q":[0,1]},{"op":"CCZ","q":[0,1,2]},
    {"op":"RESET","q":[1,2]},{"op":"MEASURE","q":[0,2],"c":[3,1],"basis":"X"},{"op":"RZ","q":[2],"params":{"theta":-1.5e-3}}],
    "annotations":{"observables":{"h":{"Z":[0,1],"X":2}},"expectation":{"kind":"x","observable_name":"h"}},
    "metadata":{"n\u00e9":[null,true,1e5,"\ud83d\ude00"]}}"#;

const QASM: &str = r#"OPENQASM 3.0;
include "stdgates.inc"; // gates
qubit[3] q; qreg r[2]; bit[3] c; creg d[2]; const int n = 2; uint[4] u = 3; angle[5] a = pi/8; input float w;
h q; cx q[0], q[-1]; rx(pi/2 + 2**-1*sin(0.5)) q[1]; /* a comment */ U(tau*0, 1, 2.5e-3) r[0];
barrier q, r; reset r; c = measure q; measure r[1] -> d[0]; measure q[2]; rz(a * u) q[0];
if (c[0] && u > 2) { x q[0]; u += 1; } else z q[1];
gate g(t) x1, x2 { ctrl @ rx(t/2) x1, x2; pow(0.5) @ inv @ s x1; gphase(t); }
for int i in {1, 2} { g(i * w) q[i], r[0]; if (c[i]) break; continue; }
def f(qubit p, bit[2] b) -> uint[2] { let z1 = q[0:1]; if (b[0]) { return 1; } return uint[2](b) << 1; }
u[0:1] = bit[2](f(q[0], d)); switch (u) { case 1, 2 { x q; } default { inv @ t q; } }
array[int[8], 2, 2] m = {{1, 2}, {3, 4}}; m[1, 0] -= u; while (n > 3) { end; } box { delay[2ns] q; }
"#;

const OLD: &str = r#"OPENQASM 2.0;
include "qelib1.inc"; gate maj(t) a,b,c { cx c,b; u1(t^2/pi) a; ccx a,b,c; barrier a; }
qreg q[3]; creg c[3]; maj(0.5) q[0],q[1],q[2]; measure q -> c; if (c==3) rzz(-pi) q[0],q[1]; opaque o a;
"#;

fn check(result: &Result<Compiled, Errors>, started: Instant) -> Result<(), TestCaseError> {
    prop_assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    match result {
        Ok(compiled) => {
            prop_assert_eq!(check_invariants(&compiled.program), Ok(()));
            prop_assert!(compiled.program.steps.len() <= LIMITS.operations);
            prop_assert!(compiled.program.qubits <= LIMITS.qubits);
            prop_assert!(compiled.program.output_bits <= LIMITS.clbits.max(LIMITS.qubits));
            prop_assert!(compiled.program.stats().depth <= compiled.program.steps.len());
        }
        Err(errors) => {
            prop_assert!(errors.len() <= LIMITS.errors);
            prop_assert!(errors.to_string().len() < 4_000);
        }
    }
    Ok(())
}

/// Both front ends on the same bytes.
fn run(payload: &[u8]) -> Result<(), TestCaseError> {
    let bindings = Bindings::from_options([("vqe.params", "1,2,x"), ("param.c", "a"), ("b", "7")]);
    for source in [Source::AqoJson(payload), Source::Qasm3(payload), Source::AqoProto(payload)] {
        let started = Instant::now();
        let result = compile(source, &bindings, &LIMITS);
        check(&result, started)?;
        if let (Err(errors), Ok(text)) = (&result, std::str::from_utf8(payload)) {
            // A path of many keys may be long, but the excerpt is not.
            prop_assert!(errors.render(text).len() < 20_000);
        }
    }
    if let Ok(canonical) = canonical_aqo_json(payload, &LIMITS) {
        let again = canonical_aqo_json(&canonical, &LIMITS);
        prop_assert_eq!(again, Ok(canonical), "canonical bytes are a fixed point");
    }
    Ok(())
}

/// What is put into a program to break it.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    ";",
    "\"",
    "'",
    "\\",
    "\\u",
    "-",
    "1",
    "0",
    "9",
    "e",
    ".",
    "null",
    "NaN",
    "1e999",
    "99999999999999999999",
    "2147483648",
    "4294967295",
    "-1",
    "π",
    "😀",
    "\u{0}",
    "//",
    "/*",
    "*/",
    "@",
    "#",
    "$",
    "**",
    "->",
    "measure",
    "qubit[20] z;",
    "switch",
    "[0:2:-1]",
    "++",
    "def f() {",
    "return",
    "else",
    "u",
    "<<",
    "int[128] k = -1;",
    "pow(1e9) @ ",
    "ctrl @ ",
    "while (true) ",
    "for int i in [0:9] {",
    "bit",
    "if",
    "gate",
    "q",
    "c",
    "\"op\"",
    "\"a\"",
    "{\"",
    "true",
    "\n",
    " ",
];

/// Replaces, doubles and removes parts of a program.
fn mutate(program: &str, changes: &[(usize, usize, usize)]) -> Vec<u8> {
    let mut bytes = program.as_bytes().to_vec();
    for &(at, length, piece) in changes {
        let start = at % (bytes.len() + 1);
        let end = (start + length % 12).min(bytes.len());
        let new = match piece.checked_sub(PIECES.len()) {
            None => PIECES[piece].as_bytes().to_vec(),
            Some(0) => bytes[start..end].repeat(2),
            Some(more) => vec![more as u8],
        };
        bytes.splice(start..end, new);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_no_problem(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        run(&bytes)?;
    }

    #[test]
    fn arbitrary_text_is_no_problem(text in "\\PC{0,200}") {
        run(text.as_bytes())?;
    }

    #[test]
    fn pieces_of_programs_in_any_order_are_no_problem(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..60)
    ) {
        run(pieces.iter().map(|&piece| PIECES[piece]).collect::<String>().as_bytes())?;
    }

    #[test]
    fn a_mutated_aqo_document_is_no_problem(
        changes in proptest::collection::vec((any::<usize>(), 0..12_usize, 0..PIECES.len() + 256), 1..6)
    ) {
        run(&mutate(AQO, &changes))?;
    }

    #[test]
    fn a_mutated_qasm_program_is_no_problem(
        changes in proptest::collection::vec((any::<usize>(), 0..12_usize, 0..PIECES.len() + 256), 1..6)
    ) {
        run(&mutate(QASM, &changes))?;
        run(&mutate(OLD, &changes))?;
    }
}

/// The same text many times, each with another number in it.
fn numbered(count: usize, before: &str, after: &str) -> String {
    (0..count).fold(String::new(), |mut out, index| {
        let _ = write!(out, "{before}{index}{after}");
        out
    })
}

/// The worst that 64 KiB can say, as far as known.
#[test]
fn hostile_texts_take_no_time() {
    let fill = |piece: &str| piece.repeat((1 << 16) / piece.len() - 10);
    let texts = [
        fill("["),
        fill("{\"a\":"),
        fill("[[],"),
        format!("[{}0]", fill("0,")),
        format!("{{{}\"z\":0}}", numbered(6000, "\"", "\":0,")),
        format!("{{{}\"z\":0}}", numbered(4000, "\"\\u0061", "\":0,")),
        format!("[\"{}\"]", fill("\\u00e9")),
        format!("[\"{}\"]", fill("\\ud83d\\ude00")),
        format!("[{}]", fill("9")),
        format!("[0.{}]", fill("9")),
        format!("{{\"version\":\"1.0.0\",\"qubits\":1,\"operations\":[{}1]}}", fill("1,")),
        format!("{{\"version\":\"1.0.0\",{}\"x\":1}}", numbered(5000, "\"k", "\":1,")),
        fill("(("),
        format!("qubit q; rx({}1) q;", fill("-")),
        format!("qubit q; rx({}1) q;", fill("1**")),
        format!("qubit q; rx({}1) q;", fill("1+")),
        format!("qubit q; barrier {}q;", fill("q,")),
        fill("/*"),
        fill("//\n"),
        fill("qubit q;"),
        fill("{"),
        fill("box {"),
        fill("gate g a {"),
        fill("for int i in [0:9] "),
        fill("for int i in [0:9] {"),
        fill("if (1) "),
        fill("while (1) "),
        fill("inv @ "),
        fill("int("),
        fill("array[int, "),
        fill("{{"),
        fill("q["),
        fill("switch (1) { case 1 {"),
        format!("qubit q; bit c; c = measure q; while (true) {{ {} }}", fill("c = ~c;")),
        format!("qubit q; for int i in [0:999999999] {{ {} }}", fill("x q;")),
        format!("qubit q; int i; while (true) {{ {} }}", fill("i += 1;")),
        format!("{} qubit q; g9 q;", numbered(1500, "gate g", " a { h a; h a; }")),
        format!("qubit[9] q; bit[9] c; c = measure q; uint[9] u = uint[9](c); {}", fill("u = u * u;")),
        format!("qubit q; array[int, 1000, 1000] m; {}", fill("m = m;")),
        format!(
            "qubit q; {} g29 q;",
            (1..30).fold("gate g0 a { x a; }".to_owned(), |text, k| {
                format!("{text} gate g{k} a {{ g{} a; g{} a; }}", k - 1, k - 1)
            })
        ),
        fill("if (a) {"),
        fill("§"),
        fill("\""),
        numbered(6000, "x r", ";"),
        numbered(5000, "bit b", ";"),
        format!("qubit[50] q;{}", fill("h q;")),
    ];
    let wide = Limits {
        nesting: usize::MAX,
        errors: 1_000,
        operations: 1_000_000,
        work: 1_000_000,
        ..Limits::default()
    };
    for limits in [LIMITS, wide] {
        for text in &texts {
            for source in [Source::AqoJson(text.as_bytes()), Source::Qasm3(text.as_bytes())] {
                let started = Instant::now();
                let result = compile(source, &Bindings::default(), &limits);
                let took = started.elapsed();
                let start: String = text.chars().take(40).collect();
                // Wider limits may take as much longer, in an unoptimised build on a busy machine.
                let most = Duration::from_secs(if limits == wide { 10 } else { 1 });
                assert!(took < most, "{start}: {took:?}, {}", result.is_ok());
            }
        }
    }
}
