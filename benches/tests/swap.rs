//! The short form of `swap`: nothing is lost and nothing is wrong, on a dev build too.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_short_storm_loses_nothing_and_every_row_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["swap", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let value = |name: &str| {
        let row = rows.iter().find(|row| row["name"].as_str().unwrap().starts_with(name));
        row.unwrap_or_else(|| panic!("no row {name}"))["value"].as_f64().unwrap()
    };
    assert_eq!((value("storm/failed-requests"), value("storm/wrong-answers")), (0.0, 0.0));
    assert!(value("storm/requests") > 0.0);
    for name in [
        "storm/neighbour-p99",
        "storm/memory",
        "latency/swap-call, warm",
        "latency/manifest-rename, warm",
        "latency/swap-call, cold",
        "installed/start",
        "installed/memory",
    ] {
        assert!(value(name).is_finite(), "{name}");
    }
}
