//! The gates of Braket's dialect are what its documentation says: each beside the same in gates of the language,
//! under a control, where a global phase counts.

#![allow(clippy::doc_markdown, reason = "Braket is a name, not code")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::qasm;
use common::reference::{difference, unitary};

/// A gate with its angles, and what it does to the qubits `a` and `b`.
const GATES: &[(&str, &str)] = &[
    ("i", ""),
    ("si", "inv @ s a;"),
    ("ti", "inv @ t a;"),
    ("v", "sx a;"),
    ("vi", "inv @ sx a;"),
    ("phaseshift(0.7)", "p(0.7) a;"),
    ("gpi(0.7)", "rz(-0.7) a; x a; rz(0.7) a;"),
    ("gpi2(0.7)", "rz(-0.7) a; rx(pi/2) a; rz(0.7) a;"),
    ("cnot", "cx a, b;"),
    ("cv", "ctrl @ sx a, b;"),
    ("cphaseshift(0.7)", "ctrl(2) @ gphase(0.7) a, b;"),
    ("cphaseshift00(0.7)", "negctrl(2) @ gphase(0.7) a, b;"),
    ("cphaseshift01(0.7)", "negctrl @ ctrl @ gphase(0.7) a, b;"),
    ("cphaseshift10(0.7)", "ctrl @ negctrl @ gphase(0.7) a, b;"),
    ("pswap(0.7)", "cx a, b; p(0.7) b; cx a, b; swap a, b;"),
    ("xy(0.7)", "cx a, b; crx(-0.7) b, a; cx a, b;"),
    ("xx(0.7)", "h a; h b; cx a, b; rz(0.7) b; cx a, b; h a; h b;"),
    ("yy(0.7)", "sdg a; sdg b; h a; h b; cx a, b; rz(0.7) b; cx a, b; h a; h b; s a; s b;"),
    ("zz(0.7)", "cx a, b; rz(0.7) b; cx a, b;"),
    (
        "ms(0.3, 0.5, 0.7)",
        "rz(-0.3) a; rz(-0.5) b; h a; h b; cx a, b; rz(0.7) b; cx a, b; h a; h b; rz(0.3) a; rz(0.5) b;",
    ),
];

#[test]
fn every_gate_is_the_one_of_its_documentation() {
    for &(gate, same) in GATES {
        let two = same.contains('b') || gate == "cnot";
        let (formal, actual) = if two { ("a, b", "q[0], q[1]") } else { ("a", "q[0]") };
        for modifier in ["", "ctrl @ ", "inv @ ctrl @ ", "pow(2) @ ctrl @ "] {
            let control = if modifier.is_empty() { "" } else { "q[2], " };
            let one = format!("qubit[3] q; {modifier}{gate} {control}{actual};");
            let other =
                format!("gate same {formal} {{ {same} }} qubit[3] q; {modifier}same {control}{actual};");
            let matrix =
                |text: &str| unitary(&qasm(text).map_err(|errors| errors.render(text)).unwrap().program);
            let far = difference(&matrix(&one), &matrix(&other), false);
            assert!(far < 1e-9, "{modifier}{gate} is off by {far}");
        }
    }
}

#[test]
fn a_program_that_includes_the_standard_gates_has_no_others() {
    let message = qasm("include \"stdgates.inc\"; qubit[2] q; cnot q[0], q[1];").unwrap_err().to_string();
    assert!(message.contains("did you mean `cx`?"), "{message}");
    // Nor has one in version 2, and everybody may use the names.
    assert!(qasm("OPENQASM 2.0; qreg q[2]; cnot q[0], q[1];").is_err());
    assert!(qasm("gate xx(t) a, b { CX a, b; } qubit[2] q; int i = 1; xx(0.5) q[0], q[i];").is_ok());
}

#[test]
fn only_angles_that_add_up_may_depend_on_measurements() {
    let text = |gate: &str| {
        format!("qubit[2] q; bit[2] c; angle[2] t; c = measure q; t = angle[2](c); {gate} q[0], q[1];")
    };
    assert!(qasm(&text("xy(t)")).is_ok());
    let message = qasm(&text("pswap(t)")).unwrap_err().to_string();
    assert!(message.contains("depends on a measurement"), "{message}");
}
