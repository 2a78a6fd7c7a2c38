//! OpenQASM that has to be refused: with which kind, where, and in which words.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::cell::Cell;

use ErrorKind::{Invalid, OutOfTime, TooLarge, Unsupported, UnsupportedVersion};
use common::qasm;
use eigen_circuit::{Bindings, ErrorKind, Limits, Source, compile, compile_while};

/// Statements after `qubit[3] q; bit[3] c;` on the first line; the kind, line and column, and a
/// part of the message and suggestion.
const PROGRAMS: &[(&str, ErrorKind, (u32, u32), &str)] = &[
    // Gates.
    ("cnot q[0], q[1];", Invalid, (2, 1), "unknown gate `cnot` (did you mean `cx`?)"),
    ("H q;", Invalid, (2, 1), "did you mean `h`?"),
    ("entangle q;", Invalid, (2, 1), "unknown gate `entangle`"),
    ("rx q[0];", Invalid, (2, 1), "`rx` takes 1 angle, not 0"),
    ("h(1) q[0];", Invalid, (2, 1), "`h` takes 0 angles, not 1"),
    ("cx q[0];", Invalid, (2, 1), "`cx` takes 2 qubits, not 1"),
    ("h;", Invalid, (2, 1), "`h` takes 1 qubit, not 0"),
    ("cx q[0], q[0];", Invalid, (2, 10), "distinct qubits"),
    ("cx q, q[1];", Invalid, (2, 7), "distinct qubits"),
    ("qubit[2] r; cx q, r;", Invalid, (2, 19), "the same size, and these have 3 and 2"),
    ("x c[0];", Invalid, (2, 3), "expected qubits, and `c` are bits"),
    ("x qq[0];", Invalid, (2, 3), "`qq` is not declared (did you mean `q`?)"),
    ("gphase();", Invalid, (2, 1), "`gphase` takes 1 angle"),
    ("gphase(1) q;", Invalid, (2, 1), "`gphase` takes 0 qubits"),
    // Indices.
    ("x q[3];", Invalid, (2, 5), "index 3 is outside of the register, which has 3"),
    ("x q[-4];", Invalid, (2, 5), "index -4 is outside"),
    ("x q[9223372036854775807];", Invalid, (2, 5), "outside"),
    ("x q[-9223372036854775807];", Invalid, (2, 5), "outside"),
    ("x q[1.0];", Invalid, (2, 5), "expected an integer"),
    ("x q[0][0];", Invalid, (2, 8), "a single qubit has no index"),
    ("qubit s; x s[0];", Invalid, (2, 14), "a single qubit has no index"),
    ("x $0;", Unsupported, (2, 3), "physical and declared qubits"),
    // Expressions.
    ("rx(1/0) q;", Invalid, (2, 4), "division by zero"),
    ("rx(1 % 0) q;", Invalid, (2, 4), "division by zero"),
    ("rx(mod(1, 0)) q;", Invalid, (2, 4), "division by zero"),
    ("rx(1.0/0) q;", Invalid, (2, 4), "no finite number"),
    ("rx(sqrt(-1)) q;", Invalid, (2, 4), "no finite number"),
    ("rx(1e308*10) q;", Invalid, (2, 4), "no finite number"),
    ("rx(1e999) q;", Invalid, (2, 4), "beyond the range of a double"),
    ("rx(2 ** 64) q;", Invalid, (2, 4), "does not fit 64 bits"),
    ("rx(2 ** 9223372036854775807) q;", Invalid, (2, 4), "does not fit 64 bits"),
    ("rx(Pi) q;", Invalid, (2, 4), "`Pi` is not declared (did you mean `pi`?)"),
    ("rx(q) q;", Invalid, (2, 4), "`q` is a register, not a number"),
    ("rx(sine(1)) q;", Invalid, (2, 4), "unknown function `sine` (did you mean `sin`?)"),
    ("rx(asin(1)) q;", Invalid, (2, 4), "did you mean `arcsin`?"),
    ("rx(sin()) q;", Invalid, (2, 4), "`sin` takes 1 argument, not 0"),
    ("rx(pow(2)) q;", Invalid, (2, 4), "`pow` takes 2 arguments, not 1"),
    ("rx(1 +) q;", Invalid, (2, 7), "expected an expression, found `)`"),
    ("rx(1 q;", Invalid, (2, 6), "expected `,` or `)`, found `q`"),
    ("rx(0b2) q;", Invalid, (2, 4), "digit that its base does not have"),
    ("rx(0x) q;", Invalid, (2, 4), "none at all"),
    ("rx(1__0) q;", Invalid, (2, 4), "underscore"),
    ("rx(2im) q;", Invalid, (2, 4), "a complex number"),
    ("rx(10ns) q;", Invalid, (2, 4), "a duration"),
    // Declarations.
    ("qubit[0] r;", Invalid, (2, 7), "at least one element"),
    ("qubit[-1] r;", Invalid, (2, 7), "at least one element"),
    ("qubit[1.5] r;", Invalid, (2, 7), "expected an integer"),
    ("qubit[2147483648] r;", TooLarge, (2, 7), "more than 10000 qubits"),
    ("qubit[9998] r;", TooLarge, (2, 7), "more than 10000 qubits"),
    ("bit[4094] d;", Invalid, (2, 11), "more than 4096 bits"),
    ("bit q;", Invalid, (2, 5), "`q` is declared twice"),
    ("qubit if;", Invalid, (2, 7), "`if` is a keyword"),
    ("qubit 7;", Invalid, (2, 7), "expected a name, found `7`"),
    // Measurement.
    ("c[0] = measure q;", Invalid, (2, 1), "3 qubits cannot be measured into 1 bits"),
    ("measure q -> d;", Invalid, (2, 14), "`d` is not declared"),
    ("q = measure q;", Invalid, (2, 1), "and `q` are qubits"),
    ("measure c;", Invalid, (2, 9), "expected qubits, and `c` are bits"),
    ("measure;", Invalid, (2, 8), "expected a register"),
    ("reset c;", Invalid, (2, 7), "expected qubits"),
    ("barrier r;", Invalid, (2, 9), "not declared"),
    // Statements that are recognised: each is passed over as a whole.
    ("extern f(int) -> int;", Unsupported, (2, 1), "external"),
    ("opaque g a;", Unsupported, (2, 1), "opaque"),
    ("input float theta; rx(theta) q;", Invalid, (2, 13), "parameter `theta` has no value"),
    ("foo @ s q[0];", Invalid, (2, 1), "unknown modifier `foo`"),
    ("cal { play(§, \"); } x q;", Unsupported, (2, 1), "calibrations"),
    ("defcal x $0 { anything { } at all; }", Unsupported, (2, 1), "calibrations"),
    // Includes and the version.
    ("include \"qelib2.inc\"; foo q;", Unsupported, (2, 9), "no file `qelib2.inc`"),
    ("include \"/etc/passwd\";", Unsupported, (2, 9), "no file is ever read"),
    ("include stdgates;", Invalid, (2, 9), "a file name in quotes"),
    ("OPENQASM 3.0;", Invalid, (2, 10), "before all other statements"),
    // Text that is no OpenQASM.
    ("x q[0]", Invalid, (2, 7), "a `;` is missing"),
    ("x q[0] y;", Invalid, (2, 8), "expected `;`, found `y`"),
    ("x q[0;", Invalid, (2, 6), "expected `]`, found `;`"),
    ("§;", Invalid, (2, 1), "`§` means nothing here"),
    ("x q[§];", Invalid, (2, 5), "`§` means nothing here"),
    ("1x q;", Invalid, (2, 1), "cannot begin with a digit"),
    ("/* open", Invalid, (2, 1), "the comment does not end"),
    ("include \"open;", Invalid, (2, 9), "does not end on its line"),
    ("}", Invalid, (2, 1), "no `{` for this `}`"),
    ("= 3;", Invalid, (2, 1), "expected a statement"),
];

#[test]
fn a_wrong_program_is_refused_where_it_is_wrong() {
    for &(statements, kind, place, words) in PROGRAMS {
        let source = format!("include \"stdgates.inc\"; qubit[3] q; bit[3] c;\n{statements}");
        let Err(errors) = qasm(&source) else { panic!("accepted: {statements}") };
        assert_eq!((errors.len(), errors.kind()), (1, kind), "{statements}: {errors}");
        assert_eq!(errors.first().position.line_column(), Some(place), "{statements}: {errors}");
        assert!(errors.to_string().contains(words), "{statements}: {errors}");
        assert!(errors.render(&source).contains("\n2 | "), "{statements}: {}", errors.render(&source));
    }
}

#[test]
fn another_version_ends_the_reading() {
    for (version, kind) in
        [("1.0", UnsupportedVersion), ("4", UnsupportedVersion), ("3.7", UnsupportedVersion)]
    {
        let errors = qasm(&format!("OPENQASM {version};\nnonsense nonsense;")).unwrap_err();
        assert_eq!((errors.kind(), errors.len()), (kind, 1), "{errors}");
        assert_eq!(errors.first().position.line_column(), Some((1, 10)));
    }
    assert_eq!(qasm("OPENQASM qubit q;").unwrap_err().kind(), Invalid);
}

#[test]
fn several_errors_come_back_at_once_each_with_its_place() {
    let source = "OPENQASM 3;\ninclude \"stdgates.inc\";\nqubit[2] q\nbit[2] c;\nhh q[0];\ncx q[0], r[1];\n\
                  if (c[0]) { broken ( here; }\nx q[5];\nc = measure q;\n";
    let errors = qasm(source).unwrap_err();
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "line 3, column 11: a `;` is missing at the end of the statement",
            "line 5, column 1: unknown gate `hh` (did you mean `h`?)",
            "line 6, column 10: `r` is not declared",
            "line 7, column 26: expected `,` or `)`, found `;`",
            "line 8, column 5: index 5 is outside of the register, which has 2",
        ]
    );
}

#[test]
fn a_refused_declaration_does_not_make_errors_elsewhere() {
    let source = "gate g a { y0 a; }\nconst int n = what;\nqubit[99999] big;\nqubit[n] q;\ng q[0];\nx big[7];\nx q;\n\
         qubit[2 r;\nqubit s t;\nx r[0];\nx s;";
    let places: Vec<_> = qasm(source).unwrap_err().iter().map(|e| e.position.line_column()).collect();
    assert_eq!(places, [Some((1, 12)), Some((2, 15)), Some((3, 7)), Some((8, 9)), Some((9, 9))]);
}

#[test]
fn the_number_of_errors_reported_is_bounded() {
    let errors = qasm(&"foo q;\n".repeat(1000)).unwrap_err();
    assert_eq!(errors.len(), Limits::default().errors);
    assert!(errors.truncated());
}

#[test]
fn a_program_without_qubits_is_refused() {
    for source in ["", "OPENQASM 3.0;", "bit c;", "// nothing"] {
        assert_eq!(qasm(source).unwrap_err().to_string(), "the program declares no qubits");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let errors =
        compile(Source::Qasm3(b"qubit q;\n\xff"), &Bindings::default(), &Limits::default()).unwrap_err();
    assert_eq!(errors.first().position.line_column(), Some((2, 1)));
}

#[test]
fn no_message_repeats_much_of_the_input() {
    let long = "x".repeat(100_000);
    for source in [
        format!("{long} q;"),
        format!("qubit q; rx({long}) q;"),
        format!("include \"{long}\";"),
        format!("qubit q; x {long};"),
        format!("qubit q; rx({long}(1)) q;"),
        format!("OPENQASM {};", "3".repeat(100_000)),
        format!("qubit {long}; qubit {long};"),
    ] {
        let errors = qasm(&source).unwrap_err();
        assert!(errors.to_string().len() < 400, "{errors}");
        assert!(errors.render(&source).len() < 1_000);
    }
}

#[test]
fn expressions_nest_as_deep_as_the_limit_says_and_no_deeper() {
    let nested = |depth: usize| format!("qubit q; rx({}1{}) q;", "(".repeat(depth), ")".repeat(depth));
    assert!(qasm(&nested(63)).is_ok());
    let errors = qasm(&nested(64)).unwrap_err();
    assert!(errors.to_string().contains("nested deeper than 64"), "{errors}");
    for hostile in [
        format!("qubit q; rx({}1) q;", "-".repeat(100_000)),
        format!("qubit q; rx({}1) q;", "2**".repeat(100_000)),
        format!("qubit q; rx({}1) q;", "sin(".repeat(100_000)),
        format!("qubit q; x q{};", "[q".repeat(100_000)),
        format!("qubit q; {}", "{".repeat(100_000)),
        format!("qubit q; {}", "if (a) ".repeat(100_000)),
    ] {
        assert!(qasm(&hostile).is_err());
    }
}

#[test]
fn even_the_deepest_nesting_fits_a_small_stack() {
    let source = format!("qubit q; rx({}1{}) q;", "sin(1+2*".repeat(300), ")".repeat(300));
    let limits = Limits { nesting: usize::MAX, ..Limits::default() };
    let run = move || compile(Source::Qasm3(source.as_bytes()), &Bindings::default(), &limits).is_err();
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    assert!(thread.unwrap().join().unwrap());
}

#[test]
fn a_long_sum_is_no_deep_tree() {
    let sum = format!("qubit q; rx(1{}) q;", "+1".repeat(9_999));
    assert!(qasm(&sum).is_ok());
    let longer = format!("qubit q; rx(1{}) q;", "+1".repeat(10_000));
    assert_eq!(qasm(&longer).unwrap_err().kind(), TooLarge);
}

#[test]
fn every_limit_has_its_own_error() {
    let source = "qubit[4] q; bit[4] c; x q; c = measure q;";
    let limited = |limits: Limits| {
        let errors = compile(Source::Qasm3(source.as_bytes()), &Bindings::default(), &limits).unwrap_err();
        (errors.kind(), errors.to_string())
    };
    let limits = Limits::default();
    let (kind, message) = limited(Limits { bytes: 10, ..limits });
    assert!(kind == TooLarge && message.contains("at most 10"), "{message}");
    let (kind, message) = limited(Limits { qubits: 3, ..limits });
    assert!(kind == TooLarge && message.contains("more than 3 qubits"), "{message}");
    let (kind, message) = limited(Limits { clbits: 3, ..limits });
    assert!(kind == Invalid && message.contains("more than 3 bits"), "{message}");
    let (kind, message) = limited(Limits { tokens: 10, ..limits });
    assert!(kind == TooLarge && message.contains("more than 10 tokens"), "{message}");
    let (kind, message) = limited(Limits { work: 3, ..limits });
    assert!(kind == TooLarge && message.contains("more than 3 steps"), "{message}");
    let (kind, message) = limited(Limits { operations: 7, ..limits });
    assert!(kind == TooLarge && message.contains("more than 7 operations"), "{message}");
}

#[test]
fn reading_stops_soon_after_it_is_told_to() {
    let endless = b"qubit q; int i = 0; while (i >= 0) { i += 1; }";
    let limits = Limits { work: u64::MAX, ..Limits::default() };
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 5
    };
    let errors = compile_while(Source::Qasm3(endless), &Bindings::default(), &limits, &go_on).unwrap_err();
    assert_eq!((errors.kind(), errors.len(), asked.get()), (OutOfTime, 1, 5));
    let message = errors.to_string();
    assert!(message.starts_with("line 1, column ") && message.contains("longer than it may"), "{message}");
    // Nobody wants a short one either.
    let late = compile_while(Source::Qasm3(b"qubit q;"), &Bindings::default(), &limits, &|| false);
    assert_eq!(late.unwrap_err().kind(), OutOfTime);
}

#[test]
fn a_program_that_is_wrong_already_is_not_carried_out_to_its_end() {
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        true
    };
    let source = b"qubit q; int i = 0; y = 1; while (true) { i += 1; }";
    let limits = Limits::default();
    let errors = compile_while(Source::Qasm3(source), &Bindings::default(), &limits, &go_on).unwrap_err();
    assert_eq!((errors.kind(), errors.len(), errors.truncated()), (Invalid, 1, true));
    assert!(asked.get() < 20, "{} questions", asked.get());
}

#[test]
fn a_short_text_cannot_ask_for_many_operations() {
    let source = format!("qubit[10000] q; {}", "U(0,0,0) q;".repeat(2_000));
    let errors = qasm(&source).unwrap_err();
    assert_eq!((errors.kind(), errors.len()), (TooLarge, 1));
}
