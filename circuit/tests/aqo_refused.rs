//! AQO that has to be refused: with which kind, where, and in which words.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::cell::Cell;

use ErrorKind::{Invalid, TooLarge, UnsupportedVersion};
use common::{aqo, aqo_with, document};
use eigen_circuit::{Bindings, ErrorKind, Limits, Source, compile, compile_while};

/// Operations on three qubits; the kind, the path, and a part of the message and suggestion.
const OPERATIONS: &[(&str, ErrorKind, &str, &str)] = &[
    (r#"{"op":"CNOT","q":[0,1]}"#, Invalid, "operations[0].op", "did you mean `CX`?"),
    (r#"{"op":"RXX","q":[0,1]}"#, Invalid, "operations[0].op", "no operation `RXX`"),
    (r#"{"op":"MEASUR","q":[0],"c":[0]}"#, Invalid, "operations[0].op", "did you mean `MEASURE`?"),
    (r#"{"op":"","q":[0]}"#, Invalid, "operations[0].op", "no operation ``"),
    (r#"{"op":7,"q":[0]}"#, Invalid, "operations[0].op", "must be a string, not a number"),
    (r#"{"q":[0]}"#, Invalid, "operations[0]", "lacks the field `op`"),
    (r#"{"op":"H"}"#, Invalid, "operations[0]", "lacks the field `q`"),
    (r#""H""#, Invalid, "operations[0]", "must be an object, not a string"),
    (r#"{"op":"H","q":0}"#, Invalid, "operations[0].q", "must be an array"),
    (r#"{"op":"H","q":[]}"#, Invalid, "operations[0].q", "takes 1 qubit, not 0"),
    (r#"{"op":"H","q":[0,1]}"#, Invalid, "operations[0].q", "takes 1 qubit, not 2"),
    (r#"{"op":"CX","q":[0]}"#, Invalid, "operations[0].q", "takes 2 qubits, not 1"),
    (r#"{"op":"CX","q":[1,1]}"#, Invalid, "operations[0].q[1]", "1 stands there twice"),
    (r#"{"op":"CCX","q":[2,1,2]}"#, Invalid, "operations[0].q[2]", "2 stands there twice"),
    (r#"{"op":"H","q":[3]}"#, Invalid, "operations[0].q[0]", "no qubit 3: the circuit has 3 qubits"),
    (r#"{"op":"H","q":[-1]}"#, Invalid, "operations[0].q[0]", "no qubit -1"),
    (r#"{"op":"H","q":[99999999999999999999]}"#, Invalid, "operations[0].q[0]", "no qubit"),
    (r#"{"op":"H","q":[true]}"#, Invalid, "operations[0].q[0]", "an integer, not true"),
    (r#"{"op":"H","q":[0.0]}"#, Invalid, "operations[0].q[0]", "an integer, not a fraction"),
    (r#"{"op":"H","q":["0"]}"#, Invalid, "operations[0].q[0]", "an integer, not a string"),
    (r#"{"op":"H","q":[0],"c":[0]}"#, Invalid, "operations[0].c", "takes no classical bits"),
    (r#"{"op":"H","q":[0],"basis":"X"}"#, Invalid, "operations[0].basis", "takes no basis"),
    (
        r#"{"op":"H","q":[0],"params":{"theta":1}}"#,
        Invalid,
        "operations[0].params.theta",
        "takes no parameters",
    ),
    (r#"{"op":"H","q":[0],"if":{"c":0}}"#, Invalid, "operations[0].if", "no field `if`"),
    (r#"{"op":"H","q":[0],"param":{}}"#, Invalid, "operations[0].param", "did you mean `params`?"),
    (r#"{"op":"RX","q":[0]}"#, Invalid, "operations[0]", "needs the parameter `theta`"),
    (r#"{"op":"RX","q":[0],"params":{}}"#, Invalid, "operations[0].params", "needs the parameter `theta`"),
    (r#"{"op":"RX","q":[0],"params":[1]}"#, Invalid, "operations[0].params", "must be an object"),
    (
        r#"{"op":"RX","q":[0],"params":{"theta":1,"phi":2}}"#,
        Invalid,
        "operations[0].params.phi",
        "takes only `theta`",
    ),
    (r#"{"op":"RX","q":[0],"params":{"theta":true}}"#, Invalid, "operations[0].params.theta", "not true"),
    (r#"{"op":"RX","q":[0],"params":{"theta":null}}"#, Invalid, "operations[0].params.theta", "not null"),
    (r#"{"op":"RX","q":[0],"params":{"theta":[1]}}"#, Invalid, "operations[0].params.theta", "not an array"),
    (r#"{"op":"RX","q":[0],"params":{"theta":"pi/2"}}"#, Invalid, "operations[0].params.theta", "`pi/2`"),
    (r#"{"op":"RX","q":[0],"params":{"theta":"1e999"}}"#, Invalid, "operations[0].params.theta", "`1e999`"),
    (
        r#"{"op":"RX","q":[0],"params":{"theta":"nan"}}"#,
        Invalid,
        "operations[0].params.theta",
        "`nan` has no value",
    ),
    (
        r#"{"op":"RX","q":[0],"params":{"theta":"t"}}"#,
        Invalid,
        "operations[0].params.theta",
        "option `param.t`",
    ),
    (r#"{"op":"MEASURE","q":[0]}"#, Invalid, "operations[0]", "lacks the field `c`"),
    (r#"{"op":"MEASURE","q":[],"c":[]}"#, Invalid, "operations[0].q", "at least one qubit"),
    (r#"{"op":"MEASURE","q":[0,1],"c":[0]}"#, Invalid, "operations[0].c", "for each of its 2 qubits, not 1"),
    (r#"{"op":"MEASURE","q":[0,0],"c":[0,1]}"#, Invalid, "operations[0].q[1]", "0 stands there twice"),
    (r#"{"op":"MEASURE","q":[0,1,2],"c":[7,1,7]}"#, Invalid, "operations[0].c[2]", "classical bit 7 twice"),
    (r#"{"op":"MEASURE","q":[0],"c":[4096]}"#, Invalid, "operations[0].c[0]", "allowed, 4095"),
    (r#"{"op":"MEASURE","q":[0],"c":[2147483647]}"#, Invalid, "operations[0].c[0]", "allowed, 4095"),
    (r#"{"op":"MEASURE","q":[0],"c":[-1]}"#, Invalid, "operations[0].c[0]", "no classical bit -1"),
    (r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"W"}"#, Invalid, "operations[0].basis", "X, Y or Z"),
    (
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":1}"#,
        Invalid,
        "operations[0].basis",
        "a string, not a number",
    ),
    (
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"X","params":{"basis":"Y"}}"#,
        Invalid,
        "operations[0].params.basis",
        "two different bases",
    ),
    (
        r#"{"op":"MEASURE","q":[0],"c":[0],"params":{"theta":1}}"#,
        Invalid,
        "operations[0].params.theta",
        "only `basis`",
    ),
    (r#"{"op":"RESET","q":[]}"#, Invalid, "operations[0].q", "at least one qubit"),
    (r#"{"op":"RESET","q":[0],"c":[0]}"#, Invalid, "operations[0].c", "takes no classical bits"),
];

/// Documents; the kind, the path (empty for the top), and a part of the message and suggestion.
const DOCUMENTS: &[(&str, ErrorKind, &str, &str)] = &[
    ("[]", Invalid, "", "a JSON object, not an array"),
    ("", Invalid, "", "a value is expected"),
    ("{} {}", Invalid, "", "follows the end"),
    ("{}", Invalid, "", "field `version` is missing"),
    (r#"{"version":"1.0.0","operations":[]}"#, Invalid, "", "field `qubits` is missing"),
    (r#"{"version":"1.0.0","qubits":1}"#, Invalid, "", "field `operations` is missing"),
    (r#"{"version":1.0,"qubits":1,"operations":[]}"#, Invalid, "version", "must be a string"),
    (r#"{"version":"one","qubits":1,"operations":[]}"#, Invalid, "version", "not a version"),
    (r#"{"version":"2.0.0","anything":NULL}"#, Invalid, "anything", "expected a value"),
    (r#"{"version":"2.0.0","anything":1}"#, UnsupportedVersion, "version", "`2.0.0` is not supported"),
    (r#"{"version":"0.2","qubits":1,"operations":[]}"#, UnsupportedVersion, "version", "0.1 and 1.x are"),
    (r#"{"version":"1.0.0","qubits":0,"operations":[]}"#, Invalid, "qubits", "at least one qubit"),
    (r#"{"version":"1.0.0","qubits":-5,"operations":[]}"#, Invalid, "qubits", "at least one qubit"),
    (r#"{"version":"1.0.0","qubits":2.0,"operations":[]}"#, Invalid, "qubits", "not a fraction"),
    (r#"{"version":"1.0.0","qubits":true,"operations":[]}"#, Invalid, "qubits", "not true"),
    (r#"{"version":"1.0.0","qubits":"2","operations":[]}"#, Invalid, "qubits", "not a string"),
    (
        r#"{"version":"1.0.0","qubits":2147483648,"operations":[]}"#,
        TooLarge,
        "qubits",
        "more than 10000 qubits",
    ),
    (
        r#"{"version":"1.0.0","qubits":5000,"operations":[]}"#,
        Invalid,
        "qubits",
        "measures all its 5000 qubits",
    ),
    (r#"{"version":"1.0.0","qubits":1,"operations":{}}"#, Invalid, "operations", "must be an array"),
    (r#"{"version":"1.0.0","qubits":1,"operations":[],"extra":1}"#, Invalid, "extra", "no field `extra`"),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[],"metdata":{}}"#,
        Invalid,
        "metdata",
        "did you mean `metadata`?",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[],"topology":[]}"#,
        Invalid,
        "topology",
        "must be an object",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[],"parameters":["a"]}"#,
        Invalid,
        "parameters",
        "must be an object",
    ),
    (
        r#"{"version":"0.1","qubits":1,"operations":[],"parameters":[1]}"#,
        Invalid,
        "parameters[0]",
        "must be a string",
    ),
    (r#"{"version":"1.0.0","qubits":1,"qubits":2,"operations":[]}"#, Invalid, "qubits", "occurs twice"),
    (r#"{"version":"1.0.0","qubits":1,"operations":[],"metadata":{"x":NaN}}"#, Invalid, "metadata.x", "NaN"),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[],"metadata":{"x":1e400}}"#,
        Invalid,
        "metadata.x",
        "double",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[],"metadata":{"x":"\udc00"}}"#,
        Invalid,
        "metadata.x",
        "surrogate",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[{"op":"RX","q":[0],"params":{"theta":"a"}}],"parameters":{"a":"b","b":"a"}}"#,
        Invalid,
        "operations[0].params.theta",
        "`a` is circular",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[{"op":"RX","q":[0],"params":{"theta":"a"}}],"parameters":{"a":true}}"#,
        Invalid,
        "operations[0].params.theta",
        "`a` is true",
    ),
    (
        r#"{"version":"1.0.0","qubits":1,"operations":[{"op":"RX","q":[0],"params":{"theta":"a"}}],"parameters":{"a":"a"}}"#,
        Invalid,
        "operations[0].params.theta",
        "`a` has no value",
    ),
];

/// Annotations of a circuit of two qubits.
const ANNOTATIONS: &[(&str, &str, &str)] = &[
    (r#"{"observables":[]}"#, "annotations.observables", "must be an object"),
    (r#"{"observables":{"a":{"ZZ":[0,1]}}}"#, "annotations.observables.a.ZZ", "X, Y or Z, not `ZZ`"),
    (r#"{"observables":{"a":{"Z":[0,0]}}}"#, "annotations.observables.a.Z[1]", "qubit 0 twice"),
    (r#"{"observables":{"a":{"Z":[]}}}"#, "annotations.observables.a.Z", "no qubit"),
    (r#"{"observables":{"a":{"Z":2}}}"#, "annotations.observables.a.Z", "no qubit 2"),
    (r#"{"observables":{"a":{"Z":"0"}}}"#, "annotations.observables.a.Z", "not a string"),
    (r#"{"observables":{"a":{}}}"#, "annotations.observables.a", "no terms"),
    (r#"{"observables":{"a":7}}"#, "annotations.observables.a", "must be an object"),
    (r#"{"expectation":{}}"#, "annotations.expectation", "needs `observable_name` or"),
    (r#"{"expectation":true}"#, "annotations.expectation", "must be an object"),
    (
        r#"{"expectation":{"observable_name":"a"}}"#,
        "annotations.expectation.observable_name",
        "no observable `a`",
    ),
    (
        r#"{"expectation":{"observable_name":1}}"#,
        "annotations.expectation.observable_name",
        "must be a string",
    ),
    (
        r#"{"expectation":{"kind":1,"observable_terms":{"Z":0}}}"#,
        "annotations.expectation.kind",
        "must be a string",
    ),
    (
        r#"{"expectation":{"observable_terms":{"Z":[5]}}}"#,
        "annotations.expectation.observable_terms.Z[0]",
        "no qubit 5",
    ),
];

fn check(payload: &str, kind: ErrorKind, path: &str, words: &str) {
    let Err(errors) = aqo(payload) else { panic!("accepted: {payload}") };
    let error = errors.first();
    assert_eq!((errors.len(), error.kind), (1, kind), "{payload}: {errors}");
    assert_eq!(error.position.path().unwrap_or_default(), path, "{payload}: {errors}");
    assert!(errors.to_string().contains(words), "{payload}: {errors}");
    // The position is a real place, at which the shown line has a caret.
    let (line, column) = error.position.line_column().unwrap();
    assert!(line == 1 && column as usize <= payload.chars().count() + 1, "{payload}: {errors}");
    assert!(error.render(payload).contains('^'), "{payload}");
}

#[test]
fn a_wrong_operation_is_refused_where_it_is_wrong() {
    for &(operation, kind, path, words) in OPERATIONS {
        check(&document(3, operation), kind, path, words);
    }
}

#[test]
fn a_wrong_document_is_refused_where_it_is_wrong() {
    for &(payload, kind, path, words) in DOCUMENTS {
        check(payload, kind, path, words);
    }
}

#[test]
fn wrong_annotations_are_refused_even_if_nobody_asks_for_them() {
    for &(annotations, path, words) in ANNOTATIONS {
        let payload =
            format!(r#"{{"version":"1.0.0","qubits":2,"operations":[],"annotations":{annotations}}}"#);
        check(&payload, Invalid, path, words);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let payload = b"{\"version\":\"1.0.0\",\n\"qubits\":1,\"operations\":[],\"metadata\":{\"x\":\"\xff\"}}";
    let errors = compile(Source::AqoJson(payload), &Bindings::default(), &Limits::default()).unwrap_err();
    assert_eq!((errors.kind(), errors.first().position.line_column()), (Invalid, Some((2, 45))));
}

#[test]
fn several_violations_come_back_at_once_and_in_order() {
    let payload = "{\"version\": \"1.0.0\",\n\"qubits\": 1,\n\"operations\": [\n{\"op\": \"FOO\", \"q\": [0]},\n\
                   {\"op\": \"H\", \"q\": [9]},\n{\"op\": \"RX\", \"q\": [0, 1], \"params\": {\"theta\": \"t\"}}],\n\"extra\": 1}";
    let errors = aqo(payload).unwrap_err();
    let places: Vec<String> = errors.iter().map(|error| error.position.to_string()).collect();
    assert_eq!(
        places,
        [
            "extra (line 7, column 1)",
            "operations[0].op (line 4, column 8)",
            "operations[1].q[0] (line 5, column 19)",
            "operations[2].q (line 6, column 19)",
            "operations[2].params.theta (line 6, column 47)",
        ]
    );
    assert!(!errors.truncated());
}

#[test]
fn the_number_of_violations_reported_is_bounded() {
    let payload = document(1, [r#"{"op":"FOO","q":[0]}"#; 1000].join(",").as_str());
    let errors = aqo(&payload).unwrap_err();
    assert_eq!(errors.len(), Limits::default().errors);
    assert!(errors.truncated() && errors.to_string().ends_with("and possibly more"));
}

#[test]
fn no_message_repeats_much_of_the_input() {
    let long = "x".repeat(100_000);
    for payload in [
        document(1, &format!(r#"{{"op":"{long}","q":[0]}}"#)),
        document(1, &format!(r#"{{"op":"RX","q":[0],"params":{{"theta":"{long}"}}}}"#)),
        document(1, &format!(r#"{{"op":"RX","q":[0],"params":{{"{long}":1}}}}"#)),
        format!(r#"{{"version":"{long}"}}"#),
        format!(r#"{{"version":"1.0.0","{long}":{{"a":x}}}}"#),
    ] {
        let errors = aqo(&payload).unwrap_err();
        assert!(errors.to_string().len() < 400, "{errors}");
        assert!(errors.render(&payload).len() < 1_000);
    }
}

#[test]
fn a_parameter_without_value_is_reported_once() {
    let rx = r#"{"op":"RX","q":[0],"params":{"theta":"t"}}"#;
    assert_eq!(aqo(&document(1, &[rx; 5].join(","))).unwrap_err().len(), 1);
}

#[test]
fn an_option_that_is_no_value_is_named() {
    let rx = document(1, r#"{"op":"RX","q":[0],"params":{"theta":"t"}}"#);
    for (key, value) in [("param.t", "one half"), ("parameters:t", ""), ("param:t", "1e999")] {
        let message = aqo_with(&rx, &[(key, value)]).unwrap_err().to_string();
        assert!(message.contains(key), "{message}");
    }
    // A bare name that is no number is just another option.
    assert!(aqo_with(&rx, &[("t", "one half")]).unwrap_err().to_string().contains("has no value"));
}

#[test]
fn reading_stops_soon_after_it_is_told_to() {
    let many = document(2, &vec![r#"{"op":"H","q":[0]}"#; 100_000].join(","));
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    let (bindings, limits) = (Bindings::default(), Limits::default());
    let errors = compile_while(Source::AqoJson(many.as_bytes()), &bindings, &limits, &go_on).unwrap_err();
    assert_eq!((errors.kind(), errors.len(), asked.get()), (ErrorKind::OutOfTime, 1, 3));
    assert!(errors.to_string().starts_with("operations[32767]"), "{errors}");
    assert!(errors.to_string().contains("longer than it may"), "{errors}");
}

#[test]
fn every_limit_has_its_own_error() {
    let three = document(2, r#"{"op":"H","q":[0]},{"op":"RESET","q":[0,1]}"#);
    let limited = |limits: Limits| {
        let errors = compile(Source::AqoJson(three.as_bytes()), &Bindings::default(), &limits).unwrap_err();
        (errors.kind(), errors.to_string())
    };
    let limits = Limits::default();
    let (kind, message) = limited(Limits { bytes: 50, ..limits });
    assert!(kind == TooLarge && message.contains("at most 50"), "{message}");
    let (kind, message) = limited(Limits { nesting: 2, ..limits });
    assert!(kind == Invalid && message.contains("deeper than 2"), "{message}");
    let (kind, message) = limited(Limits { qubits: 1, ..limits });
    assert!(kind == Invalid || kind == TooLarge, "{message}");
    assert!(message.contains("more than 1 qubits"), "{message}");
    let (kind, message) = limited(Limits { clbits: 1, ..limits });
    assert!(kind == Invalid && message.contains("at most 1 classical"), "{message}");
    let (kind, message) = limited(Limits { operations: 2, ..limits });
    assert!(kind == TooLarge && message.contains("operations[1]"), "{message}");
    // The measurements at the end count too.
    let (kind, message) = limited(Limits { operations: 4, ..limits });
    assert!(kind == TooLarge && message.contains("more than 4 operations"), "{message}");
}
