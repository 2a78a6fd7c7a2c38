//! What an answer says beside its counts.

use serde_json::{Value, json};

use crate::stage::{BELL, aqo, circuit, qasm, run, with};

#[tokio::test]
async fn an_answer_says_who_ran_what_and_how_to_read_it() {
    let answer = run(aqo(BELL, 25)).await;
    for (key, value) in [
        ("driver", "simulator"),
        ("aqo_version", "1.0.0"),
        ("qubits", "2"),
        ("shots", "25"),
        ("bitstring_order", "msb_first_by_classical_index"),
        ("provider_profile", "simulator"),
    ] {
        assert_eq!(answer.metadata.get(key).map(String::as_str), Some(value), "{key}");
    }
    assert!(!answer.metadata.contains_key("energy"), "nobody asked for an energy");
}

#[tokio::test]
async fn an_openqasm_program_has_no_aqo_version() {
    let metadata = run(qasm("qubit[3] q; bit[3] c; c = measure q;", 5)).await.metadata;
    assert!(!metadata.contains_key("aqo_version"), "{metadata:?}");
    assert_eq!(metadata.get("qubits").map(String::as_str), Some("3"));
    assert_eq!(metadata.get("bitstring_order").map(String::as_str), Some("msb_first_by_classical_index"));
}

#[tokio::test]
async fn one_circuit_has_one_hash_however_it_is_written() {
    let spaced = serde_json::to_string_pretty(&serde_json::from_str::<Value>(BELL).unwrap()).unwrap();
    let hash = async |circuit: &str| run(aqo(circuit, 1)).await.metadata.remove("circuit_hash").unwrap();
    let one = hash(BELL).await;
    assert_eq!(one.len(), 64);
    assert_eq!(one, hash(&spaced).await);
    assert_ne!(one, hash(&BELL.replace("\"H\"", "\"X\"")).await);
}

/// The energy of a circuit under annotations.
async fn energy(qubits: u32, operations: Value, annotations: Value) -> String {
    let mut circuit = circuit(qubits, operations);
    circuit["annotations"] = annotations;
    let metadata = run(aqo(circuit, 10)).await.metadata;
    metadata.get("energy").unwrap_or_else(|| panic!("no energy: {metadata:?}")).clone()
}

#[tokio::test]
async fn an_expectation_value_is_exact_with_six_decimals() {
    let zz = json!({"expectation": {"observable_terms": {"Z": [0, 1]}}});
    let bell = || json!([{"op": "H", "q": [0]}, {"op": "CX", "q": [0, 1]}]);
    assert_eq!(energy(2, bell(), zz).await, "1.000000");
    let named = json!({
        "observables": {"cost": {"Z": 0}, "other": {"X": 1}},
        "expectation": {"kind": "energy", "observable_name": "cost"},
    });
    let turned = || json!([{"op": "RY", "q": [0], "params": {"theta": 0.7}}]);
    assert_eq!(energy(2, turned(), named).await, format!("{:.6}", 0.7_f64.cos()));
    // A sum of two terms: Z on qubit 1, which is flipped, and X on qubit 0.
    let sum = json!({"expectation": {"observable_terms": {"Z": 1, "X": [0]}}});
    let operations = json!([{"op": "X", "q": [1]}, {"op": "RY", "q": [0], "params": {"theta": 0.3}}]);
    assert_eq!(energy(2, operations, sum).await, format!("{:.6}", 0.3_f64.sin() - 1.0));
    let y = json!({"expectation": {"observable_terms": {"Y": 0}}});
    assert_eq!(energy(1, json!([{"op": "H", "q": [0]}, {"op": "S", "q": [0]}]), y).await, "1.000000");
}

#[tokio::test]
async fn an_optimisers_loop_gets_the_energy_of_each_of_its_points() {
    let mut circuit = circuit(1, json!([{"op": "RY", "q": [0], "params": {"theta": "angle"}}]));
    circuit["parameters"] = json!({"angle": "angle"});
    circuit["annotations"] = json!({"expectation": {"observable_terms": {"Z": 0}}});
    for (iteration, angle) in [0.0_f64, 0.5, 1.25, 3.0].into_iter().enumerate() {
        let mut request = aqo(&circuit, 50);
        "an-optimiser".clone_into(&mut request.job_id);
        let (iteration, angle_text) = (iteration.to_string(), angle.to_string());
        let request = with(request, &[("vqe.iteration", &iteration), ("vqe.params", &angle_text)]);
        let energy = run(request).await.metadata.remove("energy");
        assert_eq!(energy, Some(format!("{:.6}", angle.cos())), "iteration {iteration}");
    }
}
