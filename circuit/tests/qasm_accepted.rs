//! OpenQASM that has to be accepted, and what becomes of it.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{check_invariants, qasm, show};

/// Statements after the header, and the steps they become.
const PROGRAMS: &[(&str, &str)] = &[
    // Declarations, new and old, single and as registers; sizes may be constant expressions.
    ("qubit q;", "measure 0>0"),
    ("qubit[2] q;", "measure 0>0; measure 1>1"),
    ("qreg q[2];", "measure 0>0; measure 1>1"),
    ("qreg q;", "measure 0>0"),
    ("qubit[2*(3-2)] q;", "measure 0>0; measure 1>1"),
    ("qubit[0b10] q; x q[0x1];", "x 1; measure 0>0; measure 1>1"),
    // Registers lie one behind the other.
    (
        "qubit a; qubit[2] b; bit[2] c; bit d; x b[1]; d = measure b[1]; c[0] = measure a;",
        "x 2; measure 2>2; measure 0>0",
    ),
    ("qubit[3] q; bit[3] c; c = measure q;", "measure 0>0; measure 1>1; measure 2>2"),
    ("qubit[2] q; creg c[2]; measure q -> c;", "measure 0>0; measure 1>1"),
    ("qubit[2] q; bit[2] c; measure q[0] -> c[1];", "measure 0>1"),
    ("qubit[2] q; bit[2] c = measure q;", "measure 0>0; measure 1>1"),
    ("qubit q; bit c = measure q;", "measure 0>0"),
    // One element and a register of one fit each other.
    ("qubit[1] q; bit c; c = measure q;", "measure 0>0"),
    // Indices from the end.
    ("qubit[3] q; x q[-1]; x q[-3]; bit c; c = measure q[-2];", "x 2; x 0; measure 1>0"),
    // Bits that are declared and never measured into do not count.
    ("qubit q; bit[4] c;", "measure 0>0"),
    // A measurement without target goes to a bit of its own; with no target anywhere, to the qubit's.
    ("qubit[2] q; bit c; measure q[1]; c = measure q[0];", "measure 1>1; measure 0>0"),
    ("qubit[2] q; h q[0]; measure q;", "h 0; measure 0>0; measure 1>1"),
    ("qubit[2] q; measure q[0]; x q[0];", "measure 0>0; x 0; measure 0>0; measure 1>1"),
    // In the middle of the circuit.
    (
        "qubit q; bit[2] c; c[0] = measure q; reset q; h q; c[1] = measure q;",
        "measure 0>0; reset 0; h 0; measure 0>1",
    ),
    // Gates on whole registers.
    ("qubit[2] q; bit c; h q; c = measure q[0];", "h 0; h 1; measure 0>0"),
    (
        "qubit[2] a; qubit[2] b; bit c; cx a, b; cx a[0], b; c = measure a[0];",
        "cx 0,2; cx 1,3; cx 0,2; cx 0,3; measure 0>0",
    ),
    (
        "qubit[2] q; bit c; reset q; barrier q; barrier; barrier q[0], q[1]; c = measure q[0];",
        "reset 0; reset 1; barrier; barrier; barrier; measure 0>0",
    ),
    // Every gate of stdgates.inc, and U.
    (
        "qubit q; bit c; id q; x q; y q; z q; h q; s q; sdg q; t q; tdg q; sx q; c = measure q;",
        "id 0; x 0; y 0; z 0; h 0; s 0; sdg 0; t 0; tdg 0; sx 0; measure 0>0",
    ),
    (
        "qubit q; bit c; p(1) q; phase(1) q; u1(1) q; rx(1) q; ry(1) q; rz(1) q; c = measure q;",
        "p(1.0000) 0; p(1.0000) 0; p(1.0000) 0; rx(1.0000) 0; ry(1.0000) 0; rz(1.0000) 0; measure 0>0",
    ),
    (
        "qubit q; bit c; U(1, 2, 3) q; u3(1, 2, 3) q; u2(2, 3) q; c = measure q;",
        "u(1.0000,2.0000,3.0000) 0; u(1.0000,2.0000,3.0000) 0; u(1.5708,2.0000,3.0000) 0; measure 0>0",
    ),
    (
        "qubit[2] q; bit c; cx q[0],q[1]; CX q[1],q[0]; cy q[0],q[1]; cz q[0],q[1]; ch q[0],q[1]; swap q[0],q[1]; c = measure q[0];",
        "cx 0,1; cx 1,0; cy 0,1; cz 0,1; ch 0,1; swap 0,1; measure 0>0",
    ),
    (
        "qubit[2] q; bit c; cp(1) q[0],q[1]; cphase(1) q[0],q[1]; crx(1) q[0],q[1]; cry(1) q[0],q[1]; crz(1) q[0],q[1]; c = measure q[0];",
        "cp(1.0000) 0,1; cp(1.0000) 0,1; crx(1.0000) 0,1; cry(1.0000) 0,1; crz(1.0000) 0,1; measure 0>0",
    ),
    (
        "qubit[3] q; bit c; cu(1,2,3,4) q[0],q[1]; ccx q[0],q[1],q[2]; cswap q[2],q[1],q[0]; c = measure q[0];",
        "cu(1.0000,2.0000,3.0000,4.0000) 0,1; ccx 0,1,2; cswap 2,1,0; measure 0>0",
    ),
    // Extensions.
    (
        "qubit[2] q; bit c; rxx(1) q[0],q[1]; ryy(1) q[0],q[1]; rzz(1) q[0],q[1]; c = measure q[0];",
        "rxx(1.0000) 0,1; ryy(1.0000) 0,1; rzz(1.0000) 0,1; measure 0>0",
    ),
    // A global phase changes nothing; a pragma and an annotation are ignored.
    ("qubit q; gphase(pi/4); x q;", "x 0; measure 0>0"),
    ("pragma whatever { ( ;\nqubit q;\n@note (\nx q;\n#pragma {\n", "x 0; measure 0>0"),
    // Comments, empty statements, commas at the end, no line ends.
    ("qubit q; // no x q;\n/* x q;\n */ ;; x q,;", "x 0; measure 0>0"),
    // Names with letters of any script.
    ("qubit ψ; x ψ;", "x 0; measure 0>0"),
];

#[test]
fn programs_become_the_steps_they_mean() {
    for (statements, expected) in PROGRAMS {
        let source = format!("OPENQASM 3.0;\ninclude \"stdgates.inc\";\n{statements}");
        let program = qasm(&source).map_err(|errors| format!("{statements}: {errors}")).unwrap().program;
        assert_eq!(show(&program), *expected, "{statements}");
        assert_eq!(check_invariants(&program), Ok(()), "{statements}");
    }
}

/// Angles and their values.
const ANGLES: &[(&str, f64)] = &[
    ("pi/2", std::f64::consts::FRAC_PI_2),
    ("π", std::f64::consts::PI),
    ("tau - τ", 0.0),
    ("euler", std::f64::consts::E),
    ("ℇ", std::f64::consts::E),
    ("1.5e-3", 0.0015),
    (".5", 0.5),
    ("2.", 2.0),
    ("1_000", 1000.0),
    ("0xF + 0b1 + 0o7", 23.0),
    ("-2 ** 2", -4.0),
    ("(-2) ** 2", 4.0),
    ("2 ** 3 ** 2", 512.0),
    ("2 ** -1", 0.5),
    ("2.0 ** 0.5", std::f64::consts::SQRT_2),
    ("- - 1", 1.0),
    ("+1", 1.0),
    ("1 - 2 - 3", -4.0),
    ("1 - (2 - 3)", 2.0),
    ("2 + 3 * 4", 14.0),
    ("8 / 2 / 2", 2.0),
    ("7 % 4", 3.0),
    ("-7 % 4", -3.0),
    ("7.5 % 2", 1.5),
    // Two integers give an integer; one double is enough for a double.
    ("1/2", 0.0),
    ("1/2.0", 0.5),
    ("7/2*pi", 3.0 * std::f64::consts::PI),
    ("pi*7/2", 3.5 * std::f64::consts::PI),
    ("sin(pi/2) + cos(0)", 2.0),
    ("tan(0.0)", 0.0),
    ("arcsin(1)*2", std::f64::consts::PI),
    ("arccos(-1)", std::f64::consts::PI),
    ("arctan(1)*4", std::f64::consts::PI),
    ("exp(1) - euler", 0.0),
    ("ln(euler) + log(euler)", 2.0),
    ("sqrt(4)", 2.0),
    ("floor(1.9) + ceiling(1.1)", 3.0),
    ("pow(2, 10)", 1024.0),
    ("mod(7, 4)", 3.0),
];

#[test]
fn constant_expressions_have_the_value_they_should() {
    for (angle, expected) in ANGLES {
        let source = format!("qubit q; rx({angle}) q;");
        let program = qasm(&source).map_err(|errors| format!("{angle}: {errors}")).unwrap().program;
        let value = program.steps[0].operation.angles().next().unwrap();
        assert!((value - expected).abs() < 1e-12, "{angle} is {value}, not {expected}");
    }
}

#[test]
fn the_version_line_may_say_3_or_be_absent() {
    for header in ["", "OPENQASM 3;", "OPENQASM 3.0;", "OPENQASM 3.1;", "// first\nOPENQASM\n3.0 ;"] {
        assert!(qasm(&format!("{header} qubit q;")).is_ok(), "{header}");
    }
}

#[test]
fn the_width_of_the_answer_is_the_highest_measured_bit_and_one_more() {
    let program = qasm("qubit[2] q; bit[5] c; c[2] = measure q[0]; measure q[1];").unwrap().program;
    assert_eq!((program.output_bits, program.clbits), (3, 6), "one scratch bit behind the declared ones");
    // What is assigned is part of the answer too, whatever is known of it.
    for assignment in ["c[3] = 0", "c[3] = 1", "c[3] = c[2] & 0", "c[3] = c[2]", "c[0:3] = \"0000\""] {
        let source = format!("qubit[2] q; bit[5] c; c[2] = measure q[0]; {assignment};");
        assert_eq!(qasm(&source).unwrap().program.output_bits, 4, "{assignment}");
    }
    let program = qasm("qubit[2] q; bit[5] c = \"11111\"; c[2] = measure q[0];").unwrap().program;
    assert_eq!(program.output_bits, 3, "a first value is none");
}

#[test]
fn what_may_not_be_meant_is_warned_about() {
    let warnings = |source: &str| qasm(source).unwrap().warnings;
    let header = "include \"stdgates.inc\"; qubit q; ";
    assert!(warnings(&format!("{header} rx(pi/2) q;")).is_empty());
    let half = warnings(&format!("{header}\n rx(1/2) q;"));
    assert!(half.len() == 1 && half[0].starts_with("line 2, column 5: the quotient"), "{half:?}");
    assert!(warnings(&format!("{header} rx(4/2) q;")).is_empty());
    assert_eq!(warnings("qubit q; x q; h q;").len(), 1, "no include");
    assert!(warnings("qubit q; U(0,0,0) q;").is_empty(), "built in");
    assert!(warnings(&format!("{header} gphase(1);")).is_empty(), "a global phase changes no outcome");
    let delays = format!("{header}{}", "delay[1ns] q;\n".repeat(1000));
    assert_eq!(warnings(&delays).len(), 20, "bounded");
}

#[test]
fn the_identity_is_that_of_the_aqo_form_where_there_is_one() {
    let of = |source: &str| qasm(source).unwrap().identity;
    assert_eq!(of("qubit q;"), of("qubit  q; // the same"));
    assert_eq!(of("qubit q;").of.to_string(), "canonical-aqo");
    assert_ne!(of("qubit q; U(1,2,3) q;"), of("qubit  q; U(1,2,3) q;"));
    assert_eq!(of("qubit q; U(1,2,3) q;").of.to_string(), "payload");
    assert_eq!(of("qubit q;").hex().len(), 64);
}

#[test]
fn ten_times_the_statements_take_about_ten_times_as_long() {
    let time = |count: usize| {
        let source = format!("include \"stdgates.inc\"; qubit[2] q; {}", "rx(pi/2) q[1];\n".repeat(count));
        let start = std::time::Instant::now();
        assert_eq!(qasm(&source).unwrap().program.steps.len(), count + 2);
        start.elapsed()
    };
    let best = |count| (0..3).map(|_| time(count)).min().unwrap();
    let (short, long) = (best(30_000), best(300_000));
    assert!(long < short * 40, "{short:?} for 30,000 and {long:?} for 300,000");
}
