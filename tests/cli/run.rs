//! `run`: where the circuit comes from, and what goes along with it.

use std::fs;

use crate::stage::{ask, ask_json, ask_with, plain, stage};
use crate::support::guests::{BELL, event};
use crate::support::host::new_folder;

const VQE: &str = "examples/vqe.aqo.json";

#[tokio::test]
async fn a_seed_makes_a_run_repeatable() {
    let run = async |seed: &str| plain(&ask(&["run", "examples/bell.qasm", "--seed", seed]).await);
    let (first, again, other) = (run("1").await, run("1").await, run("2").await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(first.iter().map(|(_, count)| count).sum::<i64>(), 1024, "the default number of shots");
}

#[tokio::test]
async fn a_parameter_binds_a_symbol_and_wins_over_the_circuits_own_value() {
    let run = async |theta: &str| plain(&ask(&["run", VQE, "--param", &format!("theta={theta}")]).await);
    assert_eq!(run("0").await, [("00".to_owned(), 1024)]);
    assert_eq!(run("3.141592653589793").await, [("11".to_owned(), 1024)]);
    let energy = |answer: &serde_json::Value| answer["metadata"]["energy"].as_str().unwrap().to_owned();
    // 1 + sin(theta), and theta is 0.5 in the file.
    assert_eq!(energy(&ask_json(&["run", VQE]).await), "1.479426");
    assert_eq!(energy(&ask_json(&["run", VQE, "--param", "theta=-0.5"]).await), "0.520574");
}

#[tokio::test]
async fn several_parameters_may_be_bound() {
    let circuit = r#"{"version":"1.0.0","qubits":2,"operations":[
        {"op":"RX","q":[0],"params":{"theta":"a"}},{"op":"RX","q":[1],"params":{"theta":"b"}}]}"#;
    let pi = std::f64::consts::PI.to_string();
    let run = ["run", "-", "--param", "a=0", "--param", &format!("b={pi}")];
    assert_eq!(plain(&ask_with(&run, circuit).await), [("10".to_owned(), 1024)]);
    let unbound = ask_with(&["run", "-", "--param", "a=0"], circuit).await;
    unbound.exits(3).complains(&["b", "operations[1]"]);
}

#[tokio::test]
async fn stdin_may_be_either_format() {
    for circuit in
        [BELL.to_owned(), fs::read_to_string(crate::stage::root().join("examples/bell.qasm")).unwrap()]
    {
        let counts = plain(&ask_with(&["run", "-"], &circuit).await);
        assert!(counts.iter().all(|(bits, _)| bits == "00" || bits == "11"), "{counts:?}");
    }
}

#[tokio::test]
async fn a_file_of_any_name_is_told_by_what_is_in_it() {
    let folder = new_folder();
    for (name, text) in [("circuit", BELL), ("circuit.txt", "OPENQASM 3.0; qubit q; bit c; c = measure q;")] {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        ask(&["run", file.to_str().unwrap()]).await.exits(0);
    }
}

#[tokio::test]
async fn options_and_the_job_reach_the_host() {
    let refused = ask(&[
        "run",
        "examples/bell.qasm",
        "--job-id",
        "from-a-shell",
        "--option",
        "simulate_error=unavailable",
        "--option",
        "colour=blue",
    ])
    .await;
    refused.exits(4).complains(&["simulated error: unavailable", "what to do: ", "correlation id: "]);
    let end = event(stage().await, "rpc_end", "from-a-shell").await;
    assert_eq!(end["grpc_status"], "UNAVAILABLE");
}

#[tokio::test]
async fn a_device_may_be_chosen() {
    let bell = "examples/bell.aqo.json";
    let counts = plain(&ask(&["run", bell, "--device", "fixture:slow-ok", "--shots", "5"]).await);
    assert_eq!(counts, [("00".to_owned(), 5)]);
    let answer = ask_json(&["run", bell, "--device", "runtime:deterministic"]).await;
    assert_eq!(answer["metadata"]["seed"], "0");
}

#[tokio::test]
async fn a_wrong_circuit_is_refused_with_the_place() {
    let qasm = ask_with(&["run", "-"], "OPENQASM 3.0;\nqubit q;\nhh q;\n").await;
    qasm.exits(3).complains(&["payload.data: line 3, column 1", "hh", "what to do: "]);
    let aqo = ask_with(&["run", "-"], &BELL.replace("CX", "CQ")).await;
    aqo.exits(3).complains(&["operations[1]", "CQ"]);
}
