//! AQO as a protobuf message: the same rules and the same check as JSON.

#![allow(clippy::doc_markdown, reason = "AQO is a name, not code")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{aqo, show};
use eigen_circuit::{Bindings, Compiled, ErrorKind, Errors, Limits, Source, compile, compile_while};
use proptest::prelude::*;

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn int(number: u64, value: i64) -> Vec<u8> {
    [varint(number << 3), varint(value as u64)].concat()
}

fn bytes(number: u64, value: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn entry(key: &str, value: &str) -> Vec<u8> {
    [bytes(1, key.as_bytes()), bytes(2, value.as_bytes())].concat()
}

fn operation(name: &str, qubits: &[i64], bits: &[i64], params: &[(&str, &str)]) -> Vec<u8> {
    let packed: Vec<u8> = qubits.iter().flat_map(|&qubit| varint(qubit as u64)).collect();
    let mut out = [bytes(1, name.as_bytes()), bytes(2, &packed)].concat();
    for &bit in bits {
        out.extend(int(3, bit));
    }
    for (key, value) in params {
        out.extend(bytes(4, &entry(key, value)));
    }
    out
}

fn circuit(version: &str, qubits: i64, operations: &[Vec<u8>], more: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [bytes(1, version.as_bytes()), int(2, qubits)].concat();
    for operation in operations {
        out.extend(bytes(3, operation));
    }
    for field in more {
        out.extend(field);
    }
    out
}

fn read(message: &[u8], options: &[(&str, &str)]) -> Result<Compiled, Errors> {
    compile(Source::AqoProto(message), &Bindings::from_options(options.iter().copied()), &Limits::default())
}

#[test]
fn a_message_means_what_the_same_json_means() {
    let message = circuit(
        "1.0.0",
        3,
        &[
            operation("h", &[0], &[], &[]),
            operation("RX", &[1], &[], &[("theta", "a")]),
            operation("CCX", &[0, 1, 2], &[], &[]),
            operation("MEASURE", &[2, 0], &[1, 0], &[("basis", "X")]),
        ],
        &[bytes(4, &entry("a", "b")), bytes(4, &entry("b", "0.5"))],
    );
    let json = r#"{"version":"1.0.0","qubits":3,"parameters":{"a":"b","b":0.5},"operations":[
        {"op":"H","q":[0]},{"op":"RX","q":[1],"params":{"theta":"a"}},{"op":"CCX","q":[0,1,2]},
        {"op":"MEASURE","q":[2,0],"c":[1,0],"params":{"basis":"X"}}]}"#;
    let (one, other) = (read(&message, &[]).unwrap(), aqo(json).unwrap());
    assert_eq!(one.program, other.program);
    assert_eq!(one.identity, other.identity, "one circuit, one name");
    assert_eq!(one.bound_parameters, other.bound_parameters);
    let bound = read(&message, &[("param.a", "2")]).unwrap();
    assert!(show(&bound.program).contains("rx(2.0000) 1"));
}

#[test]
fn annotations_ask_for_an_energy() {
    let annotations = r#"{"observables":{"h":{"Z":[0,1]}},"expectation":{"kind":"x","observable_name":"h"}}"#;
    let message = circuit("0.1", 2, &[operation("H", &[0], &[], &[])], &[bytes(5, annotations.as_bytes())]);
    let compiled = read(&message, &[]).unwrap();
    assert!(compiled.expectation);
    assert_eq!(compiled.program.observables[0].terms[0].factors.len(), 2);
}

#[test]
fn what_is_wrong_is_refused_where_it_is_wrong() {
    use ErrorKind::{Invalid, TooLarge, UnsupportedVersion};
    let h = || operation("H", &[0], &[], &[]);
    let one = |operation: Vec<u8>| circuit("1.0.0", 2, &[operation], &[]);
    let cases: Vec<(Vec<u8>, ErrorKind, &str)> = vec![
        (vec![], Invalid, "`version` is missing"),
        (circuit("2.0.0", 1, &[h()], &[]), UnsupportedVersion, "version: AQO version `2.0.0`"),
        (circuit("1.0.0", 0, &[h()], &[]), Invalid, "qubits: a circuit has at least one qubit"),
        (circuit("1.0.0", -1, &[h()], &[]), Invalid, "qubits: "),
        (circuit("1.0.0", 1 << 30, &[h()], &[]), TooLarge, "more than 10000 qubits"),
        (one(operation("FOO", &[0], &[], &[])), Invalid, "operations[0].op: AQO has no operation `FOO`"),
        (one(operation("CNOT", &[0, 1], &[], &[])), Invalid, "did you mean `CX`"),
        (one(operation("H", &[2], &[], &[])), Invalid, "operations[0].q[0]: there is no qubit 2"),
        (one(operation("H", &[-1], &[], &[])), Invalid, "there is no qubit -1"),
        (one(operation("CX", &[1, 1], &[], &[])), Invalid, "operations[0].q[1]: CX takes distinct"),
        (one(operation("MEASURE", &[0], &[], &[])), Invalid, "operations[0].c: MEASURE needs"),
        (one(operation("RX", &[0], &[], &[("theta", "pi/2")])), Invalid, "operations[0].params.theta: "),
        (one(operation("RX", &[0], &[], &[("theta", "1"), ("theta", "2")])), Invalid, "stands there twice"),
        (one([h(), int(9, 1)].concat()), Invalid, "no field with the number 9"),
        (circuit("1.0.0", 1, &[h()], &[int(7, 1)]), Invalid, "no field with the number 7"),
        (circuit("1.0.0", 1, &[h()], &[bytes(5, b"[1")]), Invalid, ""),
        (circuit("1.0.0", 1, &[h()], &[bytes(5, b"[]")]), Invalid, "annotations_json: "),
        (vec![0x0A, 0xFF], Invalid, "cut off"),
        (vec![0x0B], Invalid, "no protobuf"),
        (bytes(1, &[0xFF]), Invalid, "version: the text is not UTF-8"),
        (int(1, 5), Invalid, "of another type"),
    ];
    for (message, kind, words) in cases {
        let errors = read(&message, &[]).unwrap_err();
        assert_eq!(errors.kind(), kind, "{words}: {errors}");
        assert!(errors.to_string().contains(words), "{words}: {errors}");
    }
    // The draft ignores what it does not know.
    assert!(read(&circuit("0.1", 1, &[[h(), int(9, 1)].concat()], &[int(7, 1)]), &[]).is_ok());
}

#[test]
fn limits_hold() {
    let message = circuit("1.0.0", 1, &vec![operation("H", &[0], &[], &[]); 100], &[]);
    let limited = |limits: Limits| {
        let error = compile(Source::AqoProto(&message), &Bindings::default(), &limits).unwrap_err();
        (error.kind(), error.to_string())
    };
    assert_eq!(limited(Limits { bytes: 10, ..Limits::default() }).0, ErrorKind::TooLarge);
    let (kind, text) = limited(Limits { operations: 10, ..Limits::default() });
    assert!(kind == ErrorKind::TooLarge && text.contains("more than 10 operations"), "{text}");
    let late = compile_while(Source::AqoProto(&message), &Bindings::default(), &Limits::default(), &|| false);
    assert_eq!(late.unwrap_err().kind(), ErrorKind::OutOfTime);
}

proptest! {
    #[test]
    fn no_bytes_are_a_problem(message in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&message, &[]);
    }

    #[test]
    fn a_damaged_message_is_no_problem(at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>()) {
        let operations = [operation("RX", &[1], &[], &[("theta", "a")]), operation("MEASURE", &[0, 1], &[1, 0], &[])];
        let mut message = circuit("1.0.0", 2, &operations, &[bytes(4, &entry("a", "1")), bytes(5, b"{}")]);
        let place = at % message.len();
        message[place] = byte;
        message.truncate(cut % (message.len() + 1));
        let _ = read(&message, &[]);
    }
}
