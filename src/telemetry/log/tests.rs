//! Lines as they are written, captured and read back.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex, mpsc};

use serde_json::Value;
use tracing::{error, info, info_span, warn};

use super::*;
use crate::telemetry::{span, trace_context::TraceContext};

/// A writer that keeps what it is given.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<u8>>>);

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text that a subscriber writes while `work` runs.
pub(crate) fn captured(directives: &str, format: Format, work: impl FnOnce()) -> String {
    let capture = Capture::default();
    let writer = capture.clone();
    let subscriber =
        subscriber(parse_filter(directives).unwrap(), format, false, move || writer.clone(), None);
    tracing::subscriber::with_default(subscriber, work);
    let bytes = capture.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// The JSON lines that are written while `work` runs, parsed.
pub(crate) fn lines(work: impl FnOnce()) -> Vec<Value> {
    let text = captured("trace", Format::Json, work);
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_has_the_schema_s_fields_in_order_and_the_event_s_own() {
    let lines = lines(|| info!(target: "driver_manager", shots = 5, ratio = 0.5, ok = true, "done"));
    let keys: Vec<&str> = lines[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["timestamp", "level", "service", "message", "target", "shots", "ratio", "ok"]);
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["service"], SERVICE);
    assert_eq!(lines[0]["shots"], 5);
    assert_eq!(lines[0]["ratio"], 0.5);
    assert_eq!(lines[0]["ok"], true);
    let timestamp = lines[0]["timestamp"].as_str().unwrap();
    assert!(timestamp.ends_with('Z'), "{timestamp}");
    let age = humantime::parse_rfc3339(timestamp).unwrap().elapsed().unwrap();
    assert!(age.as_secs() < 60, "{timestamp}");
}

#[test]
fn a_line_carries_the_ids_of_its_spans_and_the_innermost_wins() {
    let trace = TraceContext::generate();
    let lines = lines(|| {
        let rpc = span::rpc(&trace, ("service", "method"), false);
        let _rpc = rpc.enter();
        let _inner = info_span!("attempt", device_id = "inner", driver_name = %"simulator").entered();
        // Learnt after the inner span was opened.
        rpc.record("job_id", "job-1");
        rpc.record("device_id", "outer");
        info!("inside");
        warn!(device_id = "own", "said by the event itself");
    });
    assert_eq!(lines[0]["trace_id"], trace.trace_id);
    assert_eq!(lines[0]["span_id"], trace.span_id);
    assert_eq!(lines[0]["job_id"], "job-1");
    assert_eq!(lines[0]["driver_name"], "simulator");
    assert_eq!(lines[0]["device_id"], "inner");
    assert_eq!(lines[1]["device_id"], "own");
}

#[test]
fn ids_that_are_unknown_or_empty_are_left_out() {
    let lines = lines(|| {
        let _span = info_span!("rpc", job_id = "").entered();
        info!("inside");
    });
    for field in span::CONTEXT_FIELDS {
        assert!(lines[0].get(field).is_none(), "{field}");
    }
}

#[test]
fn a_log_level_of_warn_does_not_cost_the_warnings_their_trace() {
    let trace = TraceContext::generate();
    let text = captured("warn", Format::Json, || {
        let _rpc = span::rpc(&trace, ("service", "method"), false).entered();
        info!("not written");
        warn!("written");
    });
    assert_eq!(text.lines().count(), 1);
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&line["message"], &line["trace_id"]), (&"written".into(), &trace.trace_id.clone().into()));
}

#[test]
fn an_event_cannot_overwrite_the_schema_s_own_fields() {
    let lines = lines(|| info!(level = "none", service = "other", timestamp = 1, target = "t", "x"));
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["service"], SERVICE);
    assert_eq!(lines[0]["field_level"], "none");
    assert_eq!(lines[0]["field_timestamp"], 1);
    assert_eq!(lines[0]["field_target"], "t");
}

#[test]
fn an_error_is_written_with_its_causes() {
    let cause = io::Error::other("disk on fire");
    let error = LogError::Filter {
        directives: "x".to_owned(),
        source: EnvFilter::builder().parse("a=b=c=d").unwrap_err(),
    };
    let lines = lines(|| {
        error!(error = &error as &dyn std::error::Error, "failed");
        error!(error = &cause as &dyn std::error::Error, "failed");
    });
    let text = lines[0]["error"].as_str().unwrap();
    assert!(text.starts_with("`x` is no log filter: "), "{text}");
    assert_eq!(lines[1]["error"], "disk on fire");
}

#[test]
fn long_and_strange_text_is_bounded_and_stays_one_line() {
    let long = "é".repeat(MAX_VALUE);
    let strange = "line\nbreak \u{1b}[31m \0 \u{2028} \"quote\" \\ 🦀";
    for format in [Format::Json, Format::Text] {
        let text = captured("trace", format, || {
            let _span = info_span!("x", job_id = strange, device_id = long).entered();
            info!(long, strange, debug = ?long, display = %strange, "{long}");
            info!("{strange}");
        });
        assert_eq!(text.lines().count(), 2, "{format:?}");
        assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{format:?}");
        assert!(text.lines().all(|line| line.len() < 6 * MAX_VALUE), "{format:?}");
    }
    let lines = lines(|| info!(strange, "x"));
    assert_eq!(lines[0]["strange"], strange);
}

#[test]
fn numbers_that_json_cannot_write_become_text() {
    let lines = lines(|| info!(nan = f64::NAN, inf = f64::INFINITY, big = u128::MAX, "x"));
    assert_eq!(lines[0]["nan"], "NaN");
    assert_eq!(lines[0]["inf"], "inf");
    assert_eq!(lines[0]["big"], u128::MAX.to_string());
}

#[test]
fn the_text_form_reads_as_a_sentence_with_its_fields() {
    let text = captured("trace", Format::Text, || {
        let _span = info_span!("x", job_id = "job-1").entered();
        info!(target: "driver_manager", shots = 5, why = "two words", "done");
    });
    let (_, rest) = text.trim_end().split_once(' ').unwrap();
    assert_eq!(rest.trim_start(), "INFO done job_id=job-1 shots=5 why=\"two words\"");
}

#[test]
fn a_stuck_reader_loses_lines_but_stops_nobody() {
    /// Takes nothing until the test lets it.
    struct Stuck(mpsc::Receiver<()>);
    impl io::Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let (release, gate) = mpsc::channel();
    let (writer, guard) = non_blocking(Stuck(gate));
    let lost = writer.error_counter();
    let subscriber = subscriber(parse_filter("info").unwrap(), Format::Json, false, writer, None);
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..BUFFERED_LINES + 100 {
            info!("one more");
        }
    });
    assert!(lost.dropped_lines() >= 90, "{} lines were lost", lost.dropped_lines());
    drop(release);
    drop(guard);
}

#[test]
fn a_cut_text_ends_at_a_character() {
    assert_eq!(cut("abc", 3), "abc");
    assert_eq!(cut("abcd", 3), "abc…");
    assert_eq!(cut("aéé", 2), "a…");
}
