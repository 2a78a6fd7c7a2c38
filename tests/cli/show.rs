//! `devices`, `status`, `calibrate`.

use crate::stage::{ask, ask_json};

#[tokio::test]
async fn devices_are_a_table_for_people() {
    let finished = ask(&["devices"]).await;
    finished.exits(0);
    let lines: Vec<Vec<&str>> =
        finished.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["DEVICE", "STATUS", "QUEUE", "WAIT", "QUBITS", "KIND", "NAME"]);
    let ids: Vec<_> = lines[1..].iter().map(|line| line[0]).collect();
    assert_eq!(
        ids,
        ["cluster:auto", "fixture:panics", "fixture:slow-ok", "runtime:deterministic", "sim:local"]
    );
    assert!(lines[1..].iter().all(|line| line[1] == "ONLINE"), "{lines:?}");
    assert_eq!(lines[3][2..7], ["0", "0", "s", "8", "fixture"].map(str::to_owned)[..], "{lines:?}");
}

#[tokio::test]
async fn devices_are_a_list_for_scripts() {
    let devices = ask_json(&["devices"]).await;
    let devices = devices.as_array().unwrap();
    let simulator = devices.iter().find(|device| device["device_id"] == "sim:local").unwrap();
    let keys: Vec<_> = simulator.as_object().unwrap().keys().map(String::as_str).collect();
    let fields =
        ["device_id", "name", "backend_type", "status", "queue_depth", "estimated_wait_sec", "capabilities"];
    assert_eq!(keys, fields);
    assert_eq!((&simulator["status"], &simulator["queue_depth"]), (&"ONLINE".into(), &0.into()));
    let capabilities = &simulator["capabilities"];
    assert_eq!(capabilities["max_qubits"], "26");
    assert_eq!(capabilities["formats"], "AQO_JSON,QASM3_TEXT");
}

#[tokio::test]
async fn a_status_is_told_for_people_and_for_scripts() {
    let finished = ask(&["status", "sim:local"]).await;
    finished.exits(0);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert_eq!(lines[..2], ["sim:local  ONLINE", "queue 0, wait 0 s"]);
    assert!(lines.contains(&"driver: simulator"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("as_of: 2")), "{lines:?}");

    let status = ask_json(&["status", "sim:local"]).await;
    assert_eq!((&status["device_id"], &status["status"]), (&"sim:local".into(), &"ONLINE".into()));
    assert_eq!(status["metadata"]["driver"], "simulator");
}

#[tokio::test]
async fn a_calibration_gives_its_reference() {
    let finished = ask(&["calibrate", "sim:local"]).await;
    finished.exits(0);
    assert_eq!(finished.stdout, "calib://simulator/sim:local");
    let answer = ask_json(&["calibrate", "sim:local"]).await;
    assert_eq!(answer, serde_json::json!({ "calibration_ref": "calib://simulator/sim:local" }));
}

#[tokio::test]
async fn an_unknown_device_is_refused_with_a_word_on_where_to_look() {
    for arguments in [&["status", "nowhere"][..], &["calibrate", "nowhere"]] {
        let finished = ask(arguments).await;
        finished.exits(3).complains(&["unknown device `nowhere`", "what to do: Call ListDevices"]);
        assert_eq!(finished.stdout, "");
    }
}
