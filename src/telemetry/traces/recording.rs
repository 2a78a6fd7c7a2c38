//! One span while it is open: ids, times, attributes.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use sha2::{Digest as _, Sha256};
use tracing::field::{Field, Visit};

use crate::telemetry::log::cut;
use crate::telemetry::span::MAX_CONTEXT_VALUE;

/// More attributes than any span of ours has.
const MAX_ATTRIBUTES: usize = 32;

/// A span that is recorded. Kept among the extensions of its `tracing` span.
#[derive(Debug)]
pub(in crate::telemetry) struct Recording {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    parent: SpanId,
    remote: bool,
    kind: SpanKind,
    name: String,
    began: SystemTime,
    /// When it was last at work. Who still holds a handle does not make it longer.
    pub(super) ended: Option<SystemTime>,
    attributes: Vec<KeyValue>,
    status: Status,
}

impl Recording {
    /// A span inside another one.
    pub(super) fn inside(outer: (TraceId, SpanId), fields: Fields, name: &'static str) -> Self {
        let (trace_id, parent) = outer;
        let span_id = SpanId::from_bytes(rand::random_range(1..=u64::MAX).to_be_bytes());
        Self::new((trace_id, span_id), (parent, false), fields, name)
    }

    /// The span of a request, whose ids are known.
    pub(super) fn of_request(fields: Fields, name: &'static str) -> Self {
        let trace_id = exported_trace_id(&fields.trace_id);
        let id = |text: &str| SpanId::from_hex(text).unwrap_or(SpanId::INVALID);
        let (span_id, parent) = (id(&fields.span_id), id(&fields.parent_span_id));
        Self::new((trace_id, span_id), (parent, parent != SpanId::INVALID), fields, name)
    }

    fn new(
        (trace_id, span_id): (TraceId, SpanId),
        (parent, remote): (SpanId, bool),
        fields: Fields,
        name: &'static str,
    ) -> Self {
        let mut recording = Self {
            trace_id,
            span_id,
            parent,
            remote,
            kind: SpanKind::Internal,
            name: name.to_owned(),
            began: SystemTime::now(),
            ended: None,
            attributes: Vec::new(),
            status: Status::Unset,
        };
        recording.take(fields);
        recording
    }

    /// Adds what has become known; of two values for one name the later holds.
    pub(super) fn take(&mut self, fields: Fields) {
        self.kind = fields.kind.unwrap_or_else(|| self.kind.clone());
        if let Some(name) = fields.name {
            self.name = name;
        }
        for attribute in fields.attributes {
            if attribute.key.as_str() == "error.type" {
                self.status = Status::error("");
            }
            let known = self.attributes.iter().position(|known| known.key == attribute.key);
            match known {
                Some(index) => self.attributes[index] = attribute,
                None if self.attributes.len() < MAX_ATTRIBUTES => self.attributes.push(attribute),
                None => {}
            }
        }
    }

    /// The span as it is sent.
    pub(super) fn finish(self, scope: InstrumentationScope) -> SpanData {
        let span_context =
            SpanContext::new(self.trace_id, self.span_id, TraceFlags::SAMPLED, false, TraceState::NONE);
        SpanData {
            span_context,
            parent_span_id: self.parent,
            parent_span_is_remote: self.remote,
            span_kind: self.kind,
            name: self.name.into(),
            start_time: self.began,
            end_time: self.ended.unwrap_or_else(SystemTime::now).max(self.began),
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: self.status,
            instrumentation_scope: scope,
        }
    }

    /// Trace and span, as they are exported.
    pub(in crate::telemetry) fn ids(&self) -> (String, String) {
        (self.trace_id.to_string(), self.span_id.to_string())
    }
}

/// The trace id as the collector gets it: the caller's if it is a W3C one, else made of it, the same each time.
pub(super) fn exported_trace_id(text: &str) -> TraceId {
    if text.len() == 32
        && let Ok(id) = TraceId::from_hex(text)
    {
        return id;
    }
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(text.as_bytes())[..16]);
    TraceId::from_bytes(id)
}

/// The fields of a `tracing` span, sorted by what they mean for a recording.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) recorded: bool,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: Option<String>,
    kind: Option<SpanKind>,
    attributes: Vec<KeyValue>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        // Names of the log's own are given the project's prefix.
        let name = match field.name() {
            "job_id" => "eigen.job_id",
            "driver_name" => "eigen.driver",
            "device_id" => "eigen.device_id",
            "operation" | "sampled" => return,
            name => name,
        };
        self.attributes.push(KeyValue::new(name, value));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "trace_id" => {
                if TraceId::from_hex(value).is_err() || value.len() != 32 {
                    self.attributes.push(KeyValue::new("eigen.trace_id", value.to_owned()));
                }
                value.clone_into(&mut self.trace_id);
            }
            "span_id" => value.clone_into(&mut self.span_id),
            "parent_span_id" => value.clone_into(&mut self.parent_span_id),
            "otel.name" => self.name = Some(value.to_owned()),
            "otel.kind" => {
                self.kind = Some(if value == "server" { SpanKind::Server } else { SpanKind::Client });
            }
            _ if value.is_empty() => {}
            _ => self.add(field, cut(value, MAX_CONTEXT_VALUE).into_owned()),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "recorded" {
            self.recorded = value;
        } else {
            self.add(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_of_other_text_becomes_the_same_w3c_one_each_time() {
        let known = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(exported_trace_id(known).to_string(), known);
        let made = exported_trace_id("kernel-trace-17");
        assert_eq!(made, exported_trace_id("kernel-trace-17"));
        assert_ne!(made, exported_trace_id("kernel-trace-18"));
        assert_ne!(made, TraceId::INVALID);
    }
}
