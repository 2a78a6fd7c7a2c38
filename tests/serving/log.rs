//! The log as machines read it: one JSON object a line, by one schema, with nothing in it that is not
//! the log's business.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Request;

use crate::support::guests::{SHOTS, answer, bell, config, event, fixture, host, refusal, text};
use crate::support::host::Host;

const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
const METHOD: &str = "eigen.internal.v1.DriverManagerService/ExecuteCircuit";

fn is_hex(value: &str, digits: usize) -> bool {
    value.len() == digits && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Checks what every line has.
fn is_line(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let time = text(&value, "timestamp");
    let parsed = OffsetDateTime::parse(time, &Rfc3339).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert!(parsed.offset().is_utc() && time.ends_with('Z'), "{line}");
    assert!(LEVELS.contains(&text(&value, "level")), "{line}");
    assert_eq!(value["service"], "driver-manager", "{line}");
    assert!(!text(&value, "message").is_empty(), "{line}");
    for key in ["trace_id", "span_id", "job_id", "driver_name", "device_id"] {
        assert!(value.get(key).is_none_or(|known| known.as_str().is_some_and(|known| !known.is_empty())));
    }
    value
}

#[tokio::test]
async fn every_line_from_start_to_end_is_json_of_one_schema() {
    let broken = fixture("traps-in-initialize", json!({ "memory": "16MiB" }));
    let mut settings = config(json!({ "broken": broken }));
    settings["log"] = json!({ "level": "debug" });
    let mut host = host(&settings).await;
    let client = host.client().await;
    answer(&client, bell("one", "sim:local", &[])).await;
    refusal(&client, bell("two", "nowhere", &[])).await;
    drop(client);
    assert!(host.stop().await.success());
    let lines: Vec<Value> = host.log().all().iter().map(|line| is_line(line)).collect();
    let named = |name: &str| lines.iter().filter(|line| line["event"] == name).count();
    for (name, times) in [
        ("driver_loaded", 1),
        ("driver_load_failed", 1),
        ("server_started", 1),
        ("rpc_start", 2),
        ("rpc_end", 2),
        ("draining", 1),
        ("stopped", 1),
    ] {
        assert_eq!(named(name), times, "{name}\n{}", host.log().text());
    }
    assert_eq!(lines.last().unwrap()["event"], "stopped");
}

#[tokio::test]
async fn a_call_has_a_line_at_its_start_and_one_at_its_end() {
    let host = Host::start_with_defaults().await;
    answer(&host.client().await, bell("told", "sim:local", &[])).await;
    let start = event(&host, "rpc_start", "told").await;
    let end = event(&host, "rpc_end", "told").await;
    assert_eq!((text(&start, "method"), text(&end, "method")), (METHOD, METHOD));
    assert_eq!(end["grpc_status"], "OK");
    assert_eq!((&end["driver_name"], &end["device_id"]), (&json!("simulator"), &json!("sim:local")));
    assert!(end["latency_ms"].as_f64().is_some_and(|latency| latency > 0.0 && latency < 60_000.0), "{end}");
    assert_eq!((&start["trace_id"], &start["span_id"]), (&end["trace_id"], &end["span_id"]));
    assert!(is_hex(text(&end, "trace_id"), 32) && is_hex(text(&end, "span_id"), 16), "{end}");
}

#[tokio::test]
async fn a_refused_call_is_told_with_its_status() {
    let host = Host::start_with_defaults().await;
    refusal(&host.client().await, bell("refused", "nowhere", &[])).await;
    let end = event(&host, "rpc_end", "refused").await;
    assert_eq!((&end["grpc_status"], &end["driver_name"]), (&json!("NOT_FOUND"), &json!("none")));
}

#[tokio::test]
async fn lines_carry_the_trace_of_their_caller() {
    let host = Host::start_with_defaults().await;
    let mut client = host.client().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let cases = [
        ("w3c", "traceparent", format!("00-{trace}-00f067aa0ba902b7-01"), trace),
        ("bare", "trace_id", "kernel-trace-17".to_owned(), "kernel-trace-17"),
    ];
    for (job, header, value, expected) in cases {
        let mut request = Request::new(bell(job, "sim:local", &[]));
        request.metadata_mut().insert(header, value.parse().unwrap());
        client.execute_circuit(request).await.unwrap();
        for name in ["rpc_start", "rpc_end"] {
            let line = event(&host, name, job).await;
            assert_eq!(line["trace_id"], expected, "{line}");
            assert_ne!(line["span_id"], "00f067aa0ba902b7", "a span of our own: {line}");
        }
    }
}

#[tokio::test]
async fn circuits_and_secrets_never_reach_the_log() {
    let mut slow = fixture("slow-ok", json!({ "memory": "16MiB" }));
    slow["settings"] = json!({ "api_token": "canary-setting" });
    let mut settings = config(json!({ "slow-ok": slow }));
    settings["log"] = json!({ "level": "trace" });
    let mut host = host(&settings).await;
    let mut client = host.client().await;
    let circuit = r#"{"version":"1.0.0","qubits":1,"metadata":{"note":"canary-circuit"},
        "operations":[{"op":"H","q":[0]},{"op":"MEASURE","q":[0],"c":[0]}]}"#;
    for (job, device) in [("fine", "sim:local"), ("slow", "fixture:slow-ok")] {
        let mut request = bell(job, device, &[("token", "canary-option"), ("ms", "1")]);
        request.payload.as_mut().unwrap().data = circuit.as_bytes().to_vec();
        let mut request = Request::new(request);
        request.metadata_mut().insert("authorization", "Bearer canary-header".parse().unwrap());
        let counts = client.execute_circuit(request).await.unwrap().into_inner().counts;
        assert_eq!(counts.values().sum::<i64>(), i64::from(SHOTS));
    }
    // A circuit that is refused must not be quoted either.
    let mut broken = bell("broken", "sim:local", &[]);
    broken.payload.as_mut().unwrap().data = circuit.replace("\"H\"", "\"HH\"").into_bytes();
    refusal(&client, broken).await;
    drop(client);
    assert!(host.stop().await.success());
    let log = host.log().text();
    assert!(log.contains("circuit prepared"), "the log is not as talkative as this test needs:\n{log}");
    let told: Vec<_> = host.log().all().into_iter().filter(|line| line.contains("canary")).collect();
    assert!(told.is_empty(), "{told:#?}");
}
