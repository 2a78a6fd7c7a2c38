//! The short form of `python`: both kinds of drivers answer, and kills are not noticed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn drivers_in_python_are_measured_and_callers_do_not_notice_that_workers_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["python", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no row {name}"))
    };
    for kept in [
        "storm/requests interrupted",
        "storm/requests lost",
        "storm/answers wrong",
        "host killed/workers after 1 s",
    ] {
        assert_eq!(row(kept)["met"], true, "{}", row(kept));
    }
    assert!(row("storm/workers killed")["value"].as_f64().unwrap() >= 1.0);
    for measured in ["nothing/call p50", "waits/answers a second", "killed/back after, longest"] {
        assert!(row(measured)["value"].as_f64().unwrap().is_finite(), "{measured}");
    }
}
