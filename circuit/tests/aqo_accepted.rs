//! AQO that has to be accepted, and what becomes of it.

#![allow(clippy::doc_markdown, reason = "OpenQASM and CPython are names, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{aqo, aqo_with, check_invariants, document, show};
use eigen_circuit::program::Pauli;

/// Qubits, operations, and the steps they become.
const OPERATIONS: &[(u32, &str, &str)] = &[
    // A circuit without MEASURE measures every qubit.
    (1, "", "measure 0>0"),
    (2, r#"{"op":"H","q":[1]}"#, "h 1; measure 0>0; measure 1>1"),
    // Every operation of the table, in upper, lower and mixed case.
    (1, r#"{"op":"RX","q":[0],"params":{"theta":0.5}}"#, "rx(0.5000) 0; measure 0>0"),
    (1, r#"{"op":"ry","q":[0],"params":{"theta":-1}}"#, "ry(-1.0000) 0; measure 0>0"),
    (1, r#"{"op":"Rz","q":[0],"params":{"theta":"1e-1"}}"#, "rz(0.1000) 0; measure 0>0"),
    (1, r#"{"op":"x","q":[0]},{"op":"Y","q":[0]},{"op":"z","q":[0]}"#, "x 0; y 0; z 0; measure 0>0"),
    (1, r#"{"op":"S","q":[0]},{"op":"t","q":[0]}"#, "s 0; t 0; measure 0>0"),
    (2, r#"{"op":"CX","q":[1,0]},{"op":"cz","q":[0,1]}"#, "cx 1,0; cz 0,1; measure 0>0; measure 1>1"),
    (2, r#"{"op":"Swap","q":[0,1]},{"op":"MEASURE","q":[0],"c":[0]}"#, "swap 0,1; measure 0>0"),
    (
        3,
        r#"{"op":"CCX","q":[2,0,1]},{"op":"ccz","q":[0,1,2]},{"op":"measure","q":[2],"c":[0]}"#,
        "ccx 2,0,1; ccz 0,1,2; measure 2>0",
    ),
    // Classical bits may be permuted, skipped, and written again.
    (2, r#"{"op":"MEASURE","q":[0,1],"c":[5,2]}"#, "measure 0>5; measure 1>2"),
    (
        1,
        r#"{"op":"MEASURE","q":[0],"c":[0]},{"op":"X","q":[0]},{"op":"MEASURE","q":[0],"c":[0]}"#,
        "measure 0>0; x 0; measure 0>0",
    ),
    // The basis, beside or among the parameters.
    (1, r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"X"}"#, "measure 0>0 x"),
    (1, r#"{"op":"MEASURE","q":[0],"c":[0],"params":{"basis":"y"}}"#, "measure 0>0 y"),
    (1, r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"Z","params":{"basis":"Z"}}"#, "measure 0>0"),
    // Reset of several qubits, one of them twice; reset is no measurement.
    (2, r#"{"op":"RESET","q":[1,0,1]}"#, "reset 1; reset 0; reset 1; measure 0>0; measure 1>1"),
    // Optional fields may be empty or null.
    (1, r#"{"op":"H","q":[0],"c":[],"params":{}}"#, "h 0; measure 0>0"),
    (1, r#"{"op":"H","q":[0],"c":null,"params":null,"basis":null}"#, "h 0; measure 0>0"),
    (1, r#"{"op":"MEASURE","q":[0],"c":[0],"params":{"basis":null}}"#, "measure 0>0"),
    // Keys and names with escapes are what they stand for.
    (1, r#"{"o\u0070":"\u0048","q":[0]}"#, "h 0; measure 0>0"),
    (1, r#"{"op":"RX","q":[0],"params":{"theta":" 2.5 "}}"#, "rx(2.5000) 0; measure 0>0"),
    (1, r#"{"op":"RX","q":[0],"params":{"theta":-0.0}}"#, "rx(-0.0000) 0; measure 0>0"),
];

#[test]
fn operations_become_the_steps_they_mean() {
    for (qubits, operations, expected) in OPERATIONS {
        let compiled =
            aqo(&document(*qubits, operations)).map_err(|errors| format!("{operations}: {errors}"));
        let program = compiled.unwrap().program;
        assert_eq!(show(&program), *expected, "{operations}");
        assert_eq!(check_invariants(&program), Ok(()), "{operations}");
    }
}

/// Whole documents.
const DOCUMENTS: &[&str] = &[
    r#"{"version":"1.0.0","qubits":1,"operations":[],"parameters":{},"metadata":{},"checksums":{},"topology":{},"annotations":{}}"#,
    r#"{"version":"1.2","qubits":1,"operations":[]}"#,
    r#"{"version":"0.1","qubits":1,"operations":[],"whatever":[1,2]}"#,
    r#"{"version":"0.1","qubits":1,"operations":[],"parameters":["a","b"]}"#,
    r#"{"version":"0.1","qubits":1,"operations":[{"op":"H","q":[0],"label":"first"}]}"#,
    r#"{"version":"1.0.0","qubits":1,"operations":[],"parameters":null,"metadata":null}"#,
    // What nobody uses need not make sense.
    r#"{"version":"1.0.0","qubits":1,"operations":[],"parameters":{"a":true,"b":"c","c":"b"}}"#,
    r#"{"version":"1.0.0","qubits":1,"operations":[],"metadata":{"seed":123456789012345678901234567890}}"#,
    r#"{"version":"1.0.0","qubits":1,"operations":[],"annotations":{"note":"anything"}}"#,
    "\n\t {\"version\" : \"1.0.0\",\r\n \"qubits\" : 1, \"operations\" : [ ] } \n",
];

#[test]
fn documents_of_every_shape_are_accepted() {
    for document in DOCUMENTS {
        let compiled = aqo(document).map_err(|errors| format!("{document}: {errors}"));
        assert_eq!(show(&compiled.unwrap().program).matches("measure").count(), 1, "{document}");
    }
}

#[test]
fn the_width_of_the_answer_is_the_highest_measured_bit_and_one_more() {
    let program = aqo(&document(1, r#"{"op":"MEASURE","q":[0],"c":[4095]}"#)).unwrap().program;
    assert_eq!((program.output_bits, program.clbits), (4096, 4096));
}

#[test]
fn an_unknown_field_of_an_operation_in_version_0_1_is_ignored_with_a_warning() {
    let compiled = aqo(DOCUMENTS[4]).unwrap();
    assert_eq!(compiled.warnings.len(), 1);
    assert!(compiled.warnings[0].starts_with("operations[0].label "), "{:?}", compiled.warnings);
}

#[test]
fn the_version_comes_back_as_written() {
    assert_eq!(aqo(DOCUMENTS[1]).unwrap().aqo_version.as_deref(), Some("1.2"));
}

#[test]
fn the_identity_is_that_of_the_canonical_form_for_every_spelling() {
    let one = aqo(r#"{"version":"1.0.0","qubits":1,"operations":[{"op":"H","q":[0]}]}"#).unwrap();
    let other =
        aqo("{ \"operations\": [{\"q\": [0],\n\"op\":\"\\u0048\"}], \"qubits\":1, \"version\":\"1.0.0\"}");
    assert_eq!(one.identity, other.unwrap().identity);
    // By CPython's hashlib and json.dumps.
    assert_eq!(one.identity.hex(), "46ca46e28da698e90d87129ad75c148d6c18f5e7f0e9dde561663d0cc8051d12");
    assert_eq!(one.identity.of.to_string(), "canonical-aqo");
}

#[test]
fn parameters_are_bound_and_reported_in_the_order_of_their_use() {
    let operations = r#"{"op":"RX","q":[0],"params":{"theta":"b"}},
        {"op":"RY","q":[0],"params":{"theta":"a"}},
        {"op":"RZ","q":[0],"params":{"theta":"b"}}"#;
    let payload = format!(
        r#"{{"version":"1.0.0","qubits":1,"parameters":{{"a":"a","b":"c","c":1}},"operations":[{operations}]}}"#
    );
    let compiled = aqo_with(&payload, &[("param.a", "0.25"), ("seed", "7"), ("unknown", "x")]).unwrap();
    assert_eq!(show(&compiled.program), "rx(1.0000) 0; ry(0.2500) 0; rz(1.0000) 0; measure 0>0");
    assert_eq!(compiled.bound_parameters, [("b".to_owned(), 1.0), ("a".to_owned(), 0.25)]);

    let other = aqo_with(&payload, &[("param.a", "0.5")]).unwrap();
    assert_eq!(other.identity, compiled.identity, "the circuit is the same, the parameters are not");
}

#[test]
fn names_of_version_0_1_are_bound_by_the_list_in_their_order() {
    let payload = r#"{"version":"0.1","qubits":1,"parameters":["t1","t2"],"operations":[
        {"op":"RX","q":[0],"params":{"theta":"t2"}},{"op":"RY","q":[0],"params":{"theta":"t1"}}]}"#;
    let compiled = aqo_with(payload, &[("vqe.params", "0.1,0.2")]).unwrap();
    assert_eq!(show(&compiled.program), "rx(0.2000) 0; ry(0.1000) 0; measure 0>0");
    let compiled = aqo_with(payload, &[("vqe.params", "0.1,0.2,0.3"), ("t2", "9")]).unwrap();
    assert_eq!(show(&compiled.program), "rx(9.0000) 0; ry(0.1000) 0; measure 0>0");
    assert_eq!(compiled.warnings, ["`vqe.params` has 3 values for 2 declared parameters"]);
}

#[test]
fn an_expectation_is_the_sum_of_pauli_strings() {
    let annotated = |annotations: &str| {
        let payload =
            format!(r#"{{"version":"1.0.0","qubits":3,"operations":[],"annotations":{annotations}}}"#);
        let compiled = aqo(&payload).unwrap();
        assert_eq!(check_invariants(&compiled.program), Ok(()));
        compiled
    };
    let by_name = annotated(
        r#"{"observables":{"cost":{"Z":[0,2],"X":1},"other":{"Y":0}},
            "expectation":{"kind":"expval","observable_name":"cost"}}"#,
    );
    assert!(by_name.expectation);
    let [energy] = &by_name.program.observables[..] else { panic!("one observable") };
    assert_eq!(energy.name, "energy");
    let factors: Vec<_> = energy.terms.iter().map(|term| (term.coefficient, term.factors.clone())).collect();
    assert_eq!(factors, [(1.0, vec![(0, Pauli::Z), (2, Pauli::Z)]), (1.0, vec![(1, Pauli::X)])]);

    let inline = annotated(r#"{"expectation":{"observable_terms":{"Z":[0,2],"X":[1]}}}"#);
    assert_eq!(inline.program.observables, by_name.program.observables);

    let unasked = annotated(r#"{"observables":{"cost":{"Z":0}}}"#);
    assert!(!unasked.expectation && unasked.program.observables.is_empty());
}

#[test]
fn ten_times_the_operations_take_about_ten_times_as_long() {
    let operation = r#"{"op":"CX","q":[0,1]},"#;
    let time = |count: usize| {
        let payload = document(2, operation.repeat(count).trim_end_matches(','));
        let start = std::time::Instant::now();
        assert_eq!(aqo(&payload).unwrap().program.steps.len(), count + 2);
        start.elapsed()
    };
    let best = |count| (0..3).map(|_| time(count)).min().unwrap();
    let (short, long) = (best(40_000), best(400_000));
    assert!(long < short * 40, "{short:?} for 40,000 and {long:?} for 400,000");
}
