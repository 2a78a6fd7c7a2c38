//! What is counted: every shot once, by the circuit's own statistics.

use serde_json::json;

use crate::stage::{BELL, aqo, circuit, outcome, qasm, run, with};

#[tokio::test]
async fn a_bell_pair_agrees_with_itself_in_both_formats() {
    let program = "qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;";
    for request in [aqo(BELL, 1000), qasm(program, 1000)] {
        let answer = run(request).await;
        let mut outcomes: Vec<_> = answer.counts.keys().map(String::as_str).collect();
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["00", "11"]);
        // Five standard deviations.
        assert!(answer.counts.values().all(|count| (420..=580).contains(count)), "{:?}", answer.counts);
        assert!(answer.execution_time_sec.is_finite() && answer.execution_time_sec >= 0.0);
    }
}

#[tokio::test]
async fn counts_add_up_to_the_shots_from_one_to_ten_million() {
    for shots in [1, 2, 1023, 10_000_000] {
        let operations = json!([{"op": "H", "q": [0]}, {"op": "H", "q": [1]}, {"op": "H", "q": [2]}]);
        let answer = run(aqo(circuit(3, operations), shots)).await;
        assert!(answer.counts.keys().all(|bits| bits.len() == 3), "{:?}", answer.counts);
        assert!(answer.counts.values().all(|&count| count > 0), "an outcome that never came");
    }
}

#[tokio::test]
async fn measuring_and_resetting_half_way_is_real() {
    let operations = json!([
        {"op": "X", "q": [0]}, {"op": "MEASURE", "q": [0], "c": [0]},
        {"op": "RESET", "q": [0]}, {"op": "MEASURE", "q": [0], "c": [1]},
    ]);
    assert_eq!(outcome(aqo(circuit(1, operations), 50)).await, "01");
    // A measurement collapses: measured again, a qubit in superposition says the same.
    let operations = json!([
        {"op": "H", "q": [0]}, {"op": "MEASURE", "q": [0], "c": [0]}, {"op": "MEASURE", "q": [0], "c": [1]},
    ]);
    let counts = run(aqo(circuit(1, operations), 200)).await.counts;
    assert!(counts.keys().all(|bits| bits == "00" || bits == "11"), "{counts:?}");
    assert_eq!(counts.len(), 2, "{counts:?}");
}

#[tokio::test]
async fn every_opcode_is_known_in_any_case() {
    let operations = json!([
        // On its own each of these leaves a basis state, or undoes the one before it.
        {"op": "x", "q": [0]}, {"op": "Y", "q": [1]}, {"op": "z", "q": [0]},
        {"op": "h", "q": [2]}, {"op": "Z", "q": [2]}, {"op": "H", "q": [2]},
        {"op": "S", "q": [2]}, {"op": "t", "q": [2]},
        {"op": "Rx", "q": [3], "params": {"theta": std::f64::consts::PI}},
        {"op": "rY", "q": [4], "params": {"theta": std::f64::consts::PI}},
        {"op": "RZ", "q": [4], "params": {"theta": 1}},
        {"op": "Cx", "q": [0, 5]}, {"op": "cz", "q": [0, 5]}, {"op": "Swap", "q": [5, 6]},
        {"op": "CCX", "q": [0, 1, 7]}, {"op": "ccz", "q": [0, 1, 7]},
        {"op": "reset", "q": [3, 4]},
        {"op": "Measure", "q": [0, 1, 2, 3, 4, 5, 6, 7], "c": [0, 1, 2, 3, 4, 5, 6, 7]},
    ]);
    assert_eq!(outcome(aqo(circuit(8, operations), 20)).await, "11000111");
}

#[tokio::test]
async fn a_basis_may_stand_beside_the_parameters_or_among_them() {
    let prepared = |measure: serde_json::Value| json!([{"op": "H", "q": [0]}, measure]);
    for measure in [
        json!({"op": "MEASURE", "q": [0], "c": [0], "basis": "X"}),
        json!({"op": "MEASURE", "q": [0], "c": [0], "params": {"basis": "X"}}),
    ] {
        assert_eq!(outcome(aqo(circuit(1, prepared(measure)), 50)).await, "0");
    }
    // The +1 eigenstate of Y.
    let operations = json!([{"op": "H", "q": [0]}, {"op": "S", "q": [0]}, {"op": "MEASURE", "q": [0], "c": [0], "basis": "Y"}]);
    assert_eq!(outcome(aqo(circuit(1, operations), 50)).await, "0");
}

#[tokio::test]
async fn all_three_devices_run_the_same_circuit() {
    for device in ["sim:local", "cluster:auto", "runtime:deterministic"] {
        let mut request = with(aqo(BELL, 100), &[("seed", "11")]);
        device.clone_into(&mut request.device_id);
        let answer = run(request).await;
        let mut first = with(aqo(BELL, 100), &[("seed", "11")]);
        "sim:local".clone_into(&mut first.device_id);
        assert_eq!(answer.counts, run(first).await.counts, "{device}");
    }
}
