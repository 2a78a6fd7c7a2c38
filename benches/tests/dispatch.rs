//! The short form of `dispatch`, for real: the host's own dev build under load, beside the bare server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const LOADS: [&str; 3] = ["1-in-flight", "32-in-flight", "new-channel"];

/// The rows of a short run, as its JSON has them.
fn short_run() -> Vec<Value> {
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let host = Path::new(bench).with_file_name("driver-manager");
    assert!(
        host.is_file(),
        "{} is missing: build it with `cargo build --package driver-manager`",
        host.display()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let output = Command::new(bench).args(["dispatch", "--short", "--json"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("bell/info/1-in-flight/p50"), "no table: {said}");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn row<'a>(rows: &'a [Value], name: &str) -> &'a Value {
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no row {name}: {rows:#?}"))
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("no {key}: {row}"))
}

#[test]
fn a_short_run_measures_every_row_and_the_values_fit_each_other() {
    let rows = short_run();
    for level in ["info", "warn"] {
        for load in LOADS {
            let of = |measure: &str| row(&rows, &format!("bell/{level}/{load}/{measure}"));
            let (p50, p99) = (number(of("p50"), "value"), number(of("p99"), "value"));
            assert!(p50 <= p99 && number(of("p50"), "yardstick") <= number(of("p99"), "yardstick"), "{load}");
            // A call takes longer than its driver works on it, and more than 10 µs on any machine.
            let driver = number(of("p50-in-driver"), "value");
            assert!(driver > 0.0 && driver < p50 && p50 > 10.0, "{load}: {driver} of {p50}");
            // Callers wait for nothing but answers: rate × mean latency = calls in flight (Little's law).
            let in_flight = if load == "32-in-flight" { 32.0 } else { 1.0 };
            let implied = number(of("rate"), "value") * p50 / 1e6;
            assert!(implied > in_flight / 10.0 && implied < in_flight * 10.0, "{load}: {implied} in flight");
        }
    }
    for row in &rows {
        assert!(number(row, "value") > 0.0, "{row}");
        assert!(row["unit"].is_string() && row["goal"].is_null() && row["met"].is_null(), "{row}");
        if !row["yardstick"].is_null() {
            let ratio = number(row, "value") / number(row, "yardstick");
            assert!((ratio - number(row, "ratio")).abs() < 1e-9 * ratio, "{row}");
        }
    }
    // A cached component is loaded, not compiled; a sandbox is never as small as a bare server.
    assert!(
        number(row(&rows, "start/warm-cache"), "value") < number(row(&rows, "start/cold-cache"), "value")
    );
    for memory in ["memory/after-start", "memory/after-load"] {
        assert!(number(row(&rows, memory), "ratio") > 1.0, "{memory}");
    }
    assert!(number(row(&rows, "size/binary"), "value") > 1.0);
    assert_eq!(rows.len(), 2 * LOADS.len() * 4 + 5, "rows nobody checks");
}

#[test]
fn a_benchmark_nobody_knows_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_driver-manager-bench")).arg("dispach").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("dispatch"), "{output:?}");
}
