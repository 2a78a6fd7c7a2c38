//! The JSON form of a line.
//!
//! Keys, in this order: `timestamp` (RFC 3339, UTC, microseconds), `level`, `service`; then those of
//! `trace_id`, `span_id`, `job_id`, `driver_name`, `device_id` that are known; `message`, `target`; then
//! the event's own fields. A field that bears one of these names is written as `field_NAME`. A text field
//! named `NAME_json` is written as `NAME` with the JSON value that it holds.

use std::{fmt, io, time::SystemTime};

use serde::ser::{SerializeMap, Serializer};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{
    SERVICE,
    fields::{Value, gather, others},
};

/// The form itself.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Vec::with_capacity(512);
        write_line(&mut line, context, event).map_err(|_| fmt::Error)?;
        let line = String::from_utf8(line).map_err(|_| fmt::Error)?;
        writer.write_str(&line)?;
        writer.write_char('\n')
    }
}

fn write_line<S, N>(
    line: impl io::Write,
    context: &FmtContext<'_, S, N>,
    event: &Event<'_>,
) -> Result<(), serde_json::Error>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let (message, context) = gather(context, event);
    let mut json = serde_json::Serializer::new(line);
    let mut map = json.serialize_map(None)?;
    map.serialize_entry("timestamp", &humantime::format_rfc3339_micros(SystemTime::now()).to_string())?;
    map.serialize_entry("level", event.metadata().level().as_str())?;
    map.serialize_entry("service", SERVICE)?;
    for (name, value) in context.present() {
        map.serialize_entry(name, value)?;
    }
    map.serialize_entry("message", &message)?;
    map.serialize_entry("target", event.metadata().target())?;
    let mut outcome = Ok(());
    others(event, |name, value| {
        if outcome.is_ok() {
            outcome = write_field(&mut map, name, &value);
        }
    });
    outcome?;
    map.end()
}

fn write_field<M: SerializeMap>(map: &mut M, name: &'static str, value: &Value<'_>) -> Result<(), M::Error> {
    let reserved = matches!(name, "timestamp" | "level" | "service" | "target");
    let renamed = reserved.then(|| format!("field_{name}"));
    let key = renamed.as_deref().unwrap_or(name);
    match value {
        Value::Bool(value) => map.serialize_entry(key, value),
        Value::Unsigned(value) => map.serialize_entry(key, value),
        Value::Signed(value) => map.serialize_entry(key, value),
        Value::Float(value) => map.serialize_entry(key, value),
        Value::Text(text) => {
            let embedded = key.strip_suffix("_json").and_then(|key| {
                serde_json::from_str::<serde_json::Value>(text).ok().map(|value| (key, value))
            });
            match embedded {
                Some((key, value)) => map.serialize_entry(key, &value),
                None => map.serialize_entry(key, text),
            }
        }
    }
}
