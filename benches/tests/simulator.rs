//! The short form of `simulator`: every circuit runs, in the guest and through gRPC.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_short_run_measures_every_circuit_and_the_large_clifford_circuits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["simulator", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let named = |part: &str| rows.iter().filter(|row| row["name"].as_str().unwrap().contains(part)).count();
    assert_eq!(["/guest", "/grpc", "ghz/1000/", "clifford/500/"].map(named), [9, 9, 2, 2]);
    assert!(rows.iter().all(|row| row["value"].as_f64().is_some_and(|value| value > 0.0)), "{rows:?}");
}
