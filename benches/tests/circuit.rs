//! The short form of `circuit`: every row is measured, and judged against its goal.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_short_run_measures_every_row_and_judges_those_with_goals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["circuit", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let named = |part: &str| rows.iter().filter(|row| row["name"].as_str().unwrap().contains(part)).count();
    let parts = ["aqo-json/", "openqasm/", "emission/", "aqo-proto/", "memory", "operations/operation"];
    assert_eq!(parts.map(named), [6, 6, 4, 1, 2, 2]);
    for row in &rows {
        assert!(row["value"].as_f64().is_some_and(|value| value >= 0.0), "{row}");
        assert_eq!(row["goal"].is_null(), row["met"].is_null(), "{row}");
    }
    // Whether a dev build is fast says nothing; how much memory it takes does.
    let fuzzed = |row: &&Value| row["name"].as_str().is_some_and(|name| name.starts_with("fuzz/"));
    assert_eq!(rows.iter().filter(|row| row["goal"].is_f64() && !fuzzed(row)).count(), 8);
    // Each of the fuzzer's targets says at least how long it ran, be it not at all.
    assert!(rows.iter().filter(fuzzed).filter(|row| row["goal"].is_f64()).count() >= 4);
}
