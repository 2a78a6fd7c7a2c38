//! The short form of `hostile`: a few attacks, and nothing is left behind.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_few_attacks_are_measured_and_leave_no_file_and_no_thread_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["hostile", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row["name"].as_str().unwrap().starts_with(name));
        row.unwrap_or_else(|| panic!("no row {name}"))
    };
    for kept in ["left-behind/open files", "left-behind/threads"] {
        assert_eq!(row(kept)["met"], true, "{}", row(kept));
    }
    for measured in ["neighbour-p99/cpu-loop", "neighbour-p99/worst ratio", "left-behind/memory"] {
        assert!(row(measured)["value"].as_f64().unwrap().is_finite(), "{measured}");
    }
}
