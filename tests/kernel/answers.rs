//! What comes back: counts in the contract's bit order, and metadata that says how to read them.

use crate::kernel::{answered, aqo, job_metadata, only, qasm, refused};
use tonic::Code;

/// X on one qubit, then every qubit measured into the bit of the same index.
fn one_x(qubit: usize, qubits: usize) -> String {
    let all: Vec<usize> = (0..qubits).collect();
    format!(
        r#"{{"version":"1.0.0","qubits":{qubits},"operations":[
            {{"op":"X","q":[{qubit}]}},{{"op":"MEASURE","q":{all:?},"c":{all:?}}}]}}"#
    )
}

#[tokio::test]
async fn the_leftmost_character_is_the_highest_classical_index() {
    for qubit in 0..5 {
        let answer = answered(aqo(&one_x(qubit, 5), 10, &[])).await;
        let bits: String = (0..5).rev().map(|bit| if bit == qubit { '1' } else { '0' }).collect();
        assert_eq!(answer.counts, only(&bits, 10));
        assert_eq!(answer.metadata["bitstring_order"], "msb_first_by_classical_index");
    }
}

#[tokio::test]
async fn classical_bits_decide_the_order_not_qubits() {
    let permuted = r#"{"version":"1.0.0","qubits":3,"operations":[
        {"op":"X","q":[0]},{"op":"MEASURE","q":[0,1,2],"c":[2,0,1]}]}"#;
    assert_eq!(answered(aqo(permuted, 7, &[])).await.counts, only("100", 7));
}

#[tokio::test]
async fn the_width_is_the_highest_measured_index_plus_one() {
    let sparse = r#"{"version":"1.0.0","qubits":2,"operations":[
        {"op":"X","q":[1]},{"op":"MEASURE","q":[1],"c":[4]}]}"#;
    assert_eq!(answered(aqo(sparse, 3, &[])).await.counts, only("10000", 3));
}

#[tokio::test]
async fn several_registers_are_one_row_of_bits_the_first_lowest() {
    let text = "OPENQASM 3.0; include \"stdgates.inc\"; qubit[5] q; bit[2] low; bit[3] high; \
                x q[0]; x q[4]; low[0] = measure q[0]; low[1] = measure q[1]; \
                high[0] = measure q[2]; high[1] = measure q[3]; high[2] = measure q[4];";
    assert_eq!(answered(qasm(text, 4)).await.counts, only("10001", 4));
}

#[tokio::test]
async fn a_circuit_without_measurements_measures_every_qubit() {
    let text = r#"{"version":"1.0.0","qubits":3,"operations":[{"op":"x","q":[2]}]}"#;
    assert_eq!(answered(aqo(text, 5, &[])).await.counts, only("100", 5));
}

#[tokio::test]
async fn a_bit_measured_twice_keeps_the_last_value() {
    let text = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]},
        {"op":"MEASURE","q":[0],"c":[0]},{"op":"MEASURE","q":[1],"c":[0]}]}"#;
    assert_eq!(answered(aqo(text, 5, &[])).await.counts, only("0", 5));
}

#[tokio::test]
async fn measurement_and_reset_in_the_middle_are_real() {
    let text = r#"{"version":"1.0.0","qubits":1,"operations":[{"op":"H","q":[0]},
        {"op":"MEASURE","q":[0],"c":[0]},{"op":"MEASURE","q":[0],"c":[1]},
        {"op":"RESET","q":[0]},{"op":"MEASURE","q":[0],"c":[2]}]}"#;
    let counts = answered(aqo(text, 200, &[])).await.counts;
    assert_eq!(counts.values().sum::<i64>(), 200);
    assert!(counts.keys().all(|bits| bits == "000" || bits == "011"), "{counts:?}");
    assert_eq!(counts.len(), 2, "{counts:?}");
}

#[tokio::test]
async fn a_basis_turns_the_measurement_wherever_it_is_written() {
    for measure in [
        r#"{"op":"MEASURE","q":[0],"c":[0],"basis":"X"}"#,
        r#"{"op":"MEASURE","q":[0],"c":[0],"params":{"basis":"X"}}"#,
    ] {
        let text =
            format!(r#"{{"version":"1.0.0","qubits":1,"operations":[{{"op":"H","q":[0]}},{measure}]}}"#);
        assert_eq!(answered(aqo(&text, 50, &[])).await.counts, only("0", 50));
    }
}

#[tokio::test]
async fn counts_sum_to_the_shots_in_both_languages() {
    let bell =
        "OPENQASM 3.0; include \"stdgates.inc\"; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;";
    for shots in [1, 2, 1000] {
        let counts = answered(qasm(bell, shots)).await.counts;
        assert_eq!(counts.values().sum::<i64>(), i64::from(shots));
        assert!(counts.keys().all(|bits| bits == "00" || bits == "11"), "{counts:?}");
    }
}

#[tokio::test]
async fn a_result_says_who_made_it_and_from_what() {
    let mut request = aqo(&one_x(1, 2), 10, &[]);
    request.options.extend(job_metadata());
    let answer = answered(request).await;
    for (key, value) in [
        ("driver", "simulator"),
        ("aqo_version", "1.0.0"),
        ("qubits", "2"),
        ("shots", "10"),
        ("provider_profile", "simulator"),
    ] {
        assert_eq!(answer.metadata.get(key).map(String::as_str), Some(value), "{key}: {answer:?}");
    }
    assert!(answer.execution_time_sec >= 0.0);
    assert!(!answer.metadata.contains_key("energy"));
}

#[tokio::test]
async fn an_energy_has_six_decimals_and_comes_only_when_asked_for() {
    let text = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"RY","q":[0],"params":{"theta":1.0}}],
        "annotations":{"observables":{"h":{"Z":0}},"expectation":{"kind":"energy","observable_name":"h"}}}"#;
    assert_eq!(answered(aqo(text, 10, &[])).await.metadata["energy"], "0.540302");
    let terms = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"X","q":[0]}],
        "annotations":{"expectation":{"observable_terms":{"Z":[0,1]}}}}"#;
    assert_eq!(answered(aqo(terms, 10, &[])).await.metadata["energy"], "-1.000000");
}

#[tokio::test]
async fn another_provider_profile_is_not_this_device_s() {
    let refusal = refused(aqo(&one_x(0, 1), 10, &[("provider_profile", "ibm")])).await;
    refusal.is(Code::Unimplemented, "EIGEN_BACKEND_PROVIDER", "provider");
    assert_eq!(refusal.message, "Unsupported provider_profile: ibm");
}
