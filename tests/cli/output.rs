//! How counts are shown: bars on a terminal, plain text in a pipe, JSON where it is asked for.

use std::process::Command;

use crate::stage::{ask, ask_json, client, plain, stage};
use crate::support::host::BINARY;
use crate::support::program::finish;

const BELL: &str = "examples/bell.qasm";

/// Counts of a seeded run; the same for every form of output.
const SEEDED: [&str; 4] = ["--seed", "7", "--shots", "1000"];

fn run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", BELL][..], &SEEDED, more].concat()
}

#[tokio::test]
async fn a_pipe_gets_plain_lines() {
    let counts = plain(&ask(&run(&[])).await);
    let bits: Vec<_> = counts.iter().map(|(bits, _)| bits.as_str()).collect();
    assert_eq!(bits, ["00", "11"]);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 1000);
    assert_eq!(counts, plain(&ask(&run(&["--output", "plain"])).await));
}

#[tokio::test]
async fn a_terminal_gets_bars() {
    // util-linux's `script` runs a command on a terminal of its own.
    let arguments = run(&["--endpoint", &stage().await.endpoint()]).join(" ");
    let mut command = Command::new("script");
    command.current_dir(crate::stage::root()).env("COLUMNS", "60");
    command.args(["--quiet", "--return", "--command", &format!("{BINARY} {arguments}"), "/dev/null"]);
    let shown = finish(&mut command).await;
    shown.exits(0);
    let chart = ask(&run(&["--output", "chart"])).await;
    let bars = |text: &str| text.lines().filter(|line| line.contains('█')).count();
    assert_eq!((bars(&shown.stdout), bars(&chart.stdout)), (2, 2), "{shown:#?}");
}

#[tokio::test]
async fn bars_tell_bitstring_count_and_share_within_the_terminals_width() {
    let counts = plain(&ask(&run(&[])).await);
    for width in ["40", "100"] {
        let mut command = client(&run(&["--output", "chart"])).await;
        let chart = finish(command.env("COLUMNS", width)).await;
        for (line, (bits, count)) in chart.stdout.lines().zip(&counts) {
            let share = format!("{count} {:5.1} %", *count as f64 / 10.0);
            assert!(line.starts_with(&format!("{bits} │")) && line.ends_with(&share), "{line:?}");
            assert!(line.chars().count() <= width.parse().unwrap(), "{line:?}");
        }
    }
}

#[tokio::test]
async fn json_is_the_whole_answer() {
    let counts = plain(&ask(&run(&[])).await);
    let answer = ask_json(&run(&[])).await;
    for (bits, count) in counts {
        assert_eq!(answer["counts"][bits.as_str()], count);
    }
    assert!(answer["execution_time_sec"].as_f64().unwrap() >= 0.0);
    let metadata = answer["metadata"].as_object().unwrap();
    for (key, value) in [
        ("driver", "simulator"),
        ("qubits", "2"),
        ("shots", "1000"),
        ("seed", "7"),
        ("bitstring_order", "msb_first_by_classical_index"),
    ] {
        assert_eq!(metadata[key], value, "{metadata:?}");
    }
    // Asking for it in the other way gives the same, but for what it took.
    let other = ask(&run(&["--output", "json"])).await;
    let other: serde_json::Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(other["counts"], answer["counts"]);
}

#[tokio::test]
async fn a_reader_that_has_gone_is_no_reason_to_panic() {
    for arguments in [run(&[]), run(&["--json"]), run(&["--output", "chart"]), vec!["devices"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = client(&arguments).await;
        // `feed` would take the output back; the complaint must be read here.
        command.stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!complaint.contains("panicked"), "{arguments:?}: {complaint}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {complaint}");
    }
}
