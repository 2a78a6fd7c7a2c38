//! Every event, through a real subscriber and a real registry.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tracing::Level;

use super::*;
use crate::telemetry::{
    Telemetry,
    log::tests::lines,
    metrics::{BuildInfo, Operation, Status},
    span,
    trace_context::TraceContext,
};

/// Text that a hostile caller or guest might send.
const STRANGE: &str = "a\nb\r\"c\\ \u{1b}[2J {} %s \u{0}\u{202e} 🦀 ' -- <x>";

fn telemetry() -> Telemetry {
    Telemetry::new(BuildInfo { version: "1.2.3", interface: "1.0.0" })
}

/// Emits one of each event, its free text being `text`.
fn emit_all(telemetry: &Telemetry, text: &str) {
    let address = "127.0.0.1:1".parse().unwrap();
    let elapsed = Duration::from_micros(1500);
    let fields = [(text.to_owned(), text.to_owned()), ("plain".to_owned(), "value".to_owned())];

    telemetry.emit(ServerStarted { grpc: address, http: address });
    telemetry.emit(ConfigWarning { warning: text });
    telemetry.emit(DriverLoaded {
        driver: text,
        generation: 1,
        digest: text,
        source: text,
        elapsed,
        cached: true,
    });
    telemetry.emit(DriverLoadFailed { driver: text, reason: "preflight", cause: text, remedy: text });
    telemetry.emit(DriverUnloaded {
        driver: text,
        generation: 1,
        successor: Some(2),
        abandoned: 0,
        drained: Duration::ZERO,
    });
    telemetry.emit(AotCacheHit { digest: text, elapsed });
    telemetry.emit(AotCacheRejected { digest: text, path: text, cause: text });
    telemetry.emit(OutboundTunnel {
        driver: text,
        host: text,
        error: "",
        cause: text,
        sent: 1,
        received: 2,
        elapsed,
    });
    telemetry.emit(RpcStart { method: text });
    telemetry.emit(RpcEnd {
        method: text,
        operation: Operation::ExecuteCircuit,
        driver: text,
        grpc_status: Status::NotFound,
        latency: elapsed,
    });
    telemetry.emit(ConnectionCreated { driver: text });
    telemetry.emit(ConnectionClosed { driver: text, why: "idle" });
    telemetry.emit(ConnectionFailed { driver: text, error_type: "initialize", cause: text });
    telemetry.emit(ExecutionFailed {
        driver: text,
        device_id: text,
        kind: "internal",
        cause: text,
        taxonomy: "internal",
        component: "driver",
    });
    telemetry.emit(GuestTrapped {
        driver: text,
        generation: 1,
        instance: 2,
        kind: "fuel",
        limit: Some(text),
        cause: text,
    });
    for level in [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR] {
        telemetry.emit(GuestLog {
            driver: text,
            generation: 1,
            instance: 2,
            level,
            message: text,
            fields: &fields,
        });
    }
    telemetry.emit(GuestLogDropped { driver: text, generation: 1, lines: 3 });
    telemetry.emit(Draining { in_flight: 4 });
    telemetry.emit(Stopped { abandoned: 0 });
}

#[test]
fn every_event_is_a_complete_line_whatever_text_it_carries() {
    let telemetry = telemetry();
    let long = STRANGE.repeat(1000);
    for text in ["simulator", "", STRANGE, &long] {
        let lines = lines(|| emit_all(&telemetry, text));
        assert_eq!(lines.len(), 23);
        for line in &lines {
            for field in ["timestamp", "level", "service", "message", "event"] {
                assert!(line[field].is_string(), "{field} is missing in {line}");
            }
        }
    }
}

#[test]
fn events_have_names_of_their_own() {
    let lines = lines(|| emit_all(&telemetry(), "x"));
    let names: BTreeSet<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 19);
    assert!(names.contains("rpc_start") && names.contains("rpc_end"));
}

#[test]
fn the_end_of_a_call_is_told_alike_in_log_and_metric() {
    let telemetry = telemetry();
    let trace = TraceContext::generate();
    let lines = lines(|| {
        let rpc = span::rpc(&trace, ("service", "method"), false);
        let _rpc = rpc.enter();
        rpc.record("job_id", "job-1");
        rpc.record("device_id", "sim:local");
        telemetry.emit(RpcEnd {
            method: "eigen.internal.v1.DriverManagerService/ExecuteCircuit",
            operation: Operation::ExecuteCircuit,
            driver: "simulator",
            grpc_status: Status::from_code(8),
            latency: Duration::from_micros(1500),
        });
    });
    let line = &lines[0];
    assert_eq!(line["message"], "rpc_end");
    assert_eq!(line["grpc_status"], "RESOURCE_EXHAUSTED");
    assert_eq!(line["latency_ms"], 1.5);
    assert_eq!(line["method"], "eigen.internal.v1.DriverManagerService/ExecuteCircuit");
    assert_eq!(line["trace_id"], trace.trace_id);
    assert_eq!(line["job_id"], "job-1");
    assert_eq!(line["device_id"], "sim:local");
    assert_eq!(line["driver_name"], "simulator");

    let page = telemetry.metrics().encode();
    let sample = "eigen_driver_requests_total{driver=\"simulator\",operation=\"execute_circuit\",\
                  status=\"RESOURCE_EXHAUSTED\"} 1";
    assert!(page.lines().any(|line| line == sample), "{page}");
}

#[test]
fn a_guest_s_fields_are_an_object_and_bounded() {
    let few = [("shots".to_owned(), "5".to_owned()), ("bad\n".to_owned(), "\u{0}".to_owned())];
    let many: Vec<_> = (0..1000).map(|index| (format!("key{index}"), "\u{1}".repeat(500))).collect();
    let log = |fields: &[(String, String)]| {
        let lines = lines(|| {
            telemetry().emit(GuestLog {
                driver: "simulator",
                generation: 1,
                instance: 2,
                level: Level::WARN,
                message: "hello",
                fields,
            });
        });
        lines.into_iter().next().unwrap()
    };
    let line = log(&few);
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["target"], "driver_manager::guest");
    assert_eq!(line["fields"], serde_json::json!({"shots": "5", "bad\n": "\u{0}"}));
    assert!(line.get("fields_json").is_none());

    let line = log(&many);
    let kept = line["fields"].as_object().unwrap();
    assert!(kept.len() < 10, "{}", kept.len());
    assert!(log(&[]).get("fields").is_none());
}

#[test]
fn a_trap_s_missing_limit_is_left_out() {
    let lines = lines(|| {
        telemetry().emit(GuestTrapped {
            driver: "simulator",
            generation: 1,
            instance: 2,
            kind: "unreachable",
            limit: None,
            cause: "panicked at 'x'",
        });
    });
    assert_eq!(lines[0].get("limit"), None);
    assert_eq!(lines[0]["cause"], Value::from("panicked at 'x'"));
}

#[test]
fn a_driver_that_is_gone_leaves_no_gauges_and_a_replaced_one_keeps_them() {
    use crate::telemetry::metrics::{ConnectionState, DeviceSample};
    let telemetry = telemetry();
    let device = DeviceSample {
        device_id: "sim:local".to_owned(),
        provider: "eigen".to_owned(),
        available: true,
        queue_depth: 7,
    };
    telemetry.metrics().set_devices("simulator", vec![device]);
    let connection = telemetry.metrics().connection("simulator", ConnectionState::Idle);
    let gauges = || {
        let page = telemetry.metrics().encode();
        page.lines().filter(|line| line.contains("driver=\"simulator\"")).count()
    };
    assert_eq!(gauges(), 4);
    telemetry.emit(DriverUnloaded {
        driver: "simulator",
        generation: 1,
        successor: Some(2),
        abandoned: 0,
        drained: Duration::ZERO,
    });
    assert_eq!(gauges(), 4);
    telemetry.emit(DriverUnloaded {
        driver: "simulator",
        generation: 2,
        successor: None,
        abandoned: 0,
        drained: Duration::ZERO,
    });
    assert_eq!(gauges(), 0);
    drop(connection);
    assert_eq!(gauges(), 0);
}
