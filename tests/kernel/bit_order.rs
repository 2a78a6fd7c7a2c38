//! Which qubit stands where in a bitstring. Every circuit here would answer otherwise if qubits or bits
//! were counted from the other end.

use serde_json::json;

use crate::stage::{aqo, circuit, outcome, qasm};

#[tokio::test]
async fn an_x_on_each_qubit_shows_at_its_own_place_counted_from_the_right() {
    for (qubit, expected) in ["00001", "00010", "00100", "01000", "10000"].into_iter().enumerate() {
        let all = [0, 1, 2, 3, 4];
        let operations = json!([{"op": "X", "q": [qubit]}, {"op": "MEASURE", "q": all, "c": all}]);
        assert_eq!(outcome(aqo(circuit(5, operations), 10)).await, expected, "X on qubit {qubit}");
        let program = format!("qubit[5] q; bit[5] c; x q[{qubit}]; c = measure q;");
        assert_eq!(outcome(qasm(&program, 10)).await, expected, "x q[{qubit}]");
    }
}

#[tokio::test]
async fn a_circuit_without_measure_measures_every_qubit_into_its_own_bit() {
    let operations = json!([{"op": "X", "q": [1]}, {"op": "X", "q": [4]}]);
    assert_eq!(outcome(aqo(circuit(6, operations), 7)).await, "010010");
    assert_eq!(outcome(aqo(circuit(3, json!([])), 7)).await, "000");
}

#[tokio::test]
async fn permuted_classical_bits_go_where_they_are_told() {
    // Qubit 0 into bit 3, qubit 1 into bit 0.
    let operations = json!([
        {"op": "X", "q": [0]}, {"op": "X", "q": [1]},
        {"op": "MEASURE", "q": [0, 1, 2, 3, 4], "c": [3, 0, 4, 1, 2]},
    ]);
    assert_eq!(outcome(aqo(circuit(5, operations), 10)).await, "01001");
    let program = "qubit[5] q; bit[5] c; x q[0]; x q[1];
        c[3] = measure q[0]; c[0] = measure q[1]; c[4] = measure q[2]; c[1] = measure q[3]; c[2] = measure q[4];";
    assert_eq!(outcome(qasm(program, 10)).await, "01001");
}

#[tokio::test]
async fn qubits_listed_in_another_order_change_nothing_but_their_bits() {
    let operations = json!([{"op": "X", "q": [3]}, {"op": "MEASURE", "q": [4, 3, 0], "c": [0, 1, 2]}]);
    assert_eq!(outcome(aqo(circuit(5, operations), 10)).await, "010");
    let operations = json!([{"op": "X", "q": [4]}, {"op": "MEASURE", "q": [4, 3, 0], "c": [0, 1, 2]}]);
    assert_eq!(outcome(aqo(circuit(5, operations), 10)).await, "001");
}

#[tokio::test]
async fn registers_follow_each_other_in_the_order_of_their_declarations() {
    // Bits: a is 0 and 1, b is 2, 3 and 4. Ones in b[1] and a[0].
    let program = "qubit[3] q; qubit[2] r; bit[2] a; bit[3] b; x q[1]; x r[0];
        b = measure q; a = measure r;";
    assert_eq!(outcome(qasm(program, 10)).await, "01001");
}

#[tokio::test]
async fn the_width_is_the_highest_measured_bit_plus_one() {
    let operations = json!([{"op": "X", "q": [0]}, {"op": "MEASURE", "q": [0, 1], "c": [6, 2]}]);
    assert_eq!(outcome(aqo(circuit(2, operations), 10)).await, "1000000");
    let operations = json!([{"op": "X", "q": [1]}, {"op": "MEASURE", "q": [0, 1], "c": [6, 2]}]);
    assert_eq!(outcome(aqo(circuit(2, operations), 10)).await, "0000100");
    // The highest bit that is allowed by default.
    let operations = json!([{"op": "X", "q": [0]}, {"op": "MEASURE", "q": [0], "c": [4095]}]);
    let widest = outcome(aqo(circuit(1, operations), 10)).await;
    assert_eq!(widest, format!("1{}", "0".repeat(4095)));
}

#[tokio::test]
async fn of_two_measurements_into_one_bit_the_last_counts() {
    let into_one = |first: u32, second: u32| {
        json!([
            {"op": "X", "q": [0]},
            {"op": "MEASURE", "q": [first], "c": [0]},
            {"op": "MEASURE", "q": [second], "c": [0]},
        ])
    };
    assert_eq!(outcome(aqo(circuit(2, into_one(0, 1)), 10)).await, "0");
    assert_eq!(outcome(aqo(circuit(2, into_one(1, 0)), 10)).await, "1");
}

#[tokio::test]
async fn the_first_qubit_of_a_cx_is_the_control() {
    let by = |flipped: u32| json!([{"op": "X", "q": [flipped]}, {"op": "CX", "q": [0, 2]}]);
    assert_eq!(outcome(aqo(circuit(3, by(0)), 10)).await, "101");
    assert_eq!(outcome(aqo(circuit(3, by(2)), 10)).await, "100");
    assert_eq!(outcome(qasm("qubit[3] q; bit[3] c; x q[2]; cx q[0], q[2]; c = measure q;", 10)).await, "100");
}
