//! The short form of `resilience`: what must never happen does not, on a dev build too.

#![expect(clippy::unwrap_used, clippy::panic, clippy::float_cmp, reason = "tests")]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_little_of_every_fault_loses_nothing_and_pays_for_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.json");
    let bench = env!("CARGO_BIN_EXE_driver-manager-bench");
    let output = Command::new(bench).args(["resilience", "--short", "--json"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let value = |name: &str| {
        let row = rows.iter().find(|row| row["name"].as_str().unwrap().starts_with(name));
        row.unwrap_or_else(|| panic!("no row {name}"))["value"].as_f64().unwrap()
    };
    for never in
        ["dead/untrue times", "failover/lost", "doubt/submitted twice", "overload/refused without a reason"]
    {
        assert_eq!(value(never), 0.0, "{never}");
    }
    assert_eq!(value("herd/executions"), 1.0);
    assert!(value("transient/answered") >= 99.0 && value("doubt/answered") > 0.0);
    assert!(value("dead/recovery") < 6.0);
    for name in
        ["overload/answered", "overload/p99", "overload/memory", "overhead/uncached", "overhead/cached"]
    {
        assert!(value(name).is_finite(), "{name}");
    }
}
