//! Spans whose fields the log lines inside them carry.
//!
//! Owns the names of the context fields and how they are found again. The invariant: what a line says of
//! trace, job, driver and device is what the innermost span around it says.
//!
//! Our spans are of level ERROR so that every filter leaves them on: a log level of `warn` must not cost
//! the warnings their trace id. The level of a span is shown nowhere.

use std::fmt;

use tracing::{
    Span, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, Registry, layer::Context as LayerContext, registry::LookupSpan};

use super::trace_context::TraceContext;
use super::traces::Recording;

mod steps;
pub use steps::*;

/// Names of the fields that lines inherit from spans, in the order of the log schema.
pub const CONTEXT_FIELDS: [&str; 5] = ["trace_id", "span_id", "job_id", "driver_name", "device_id"];

/// Longest value of a context field, in bytes; longer ones are cut.
pub(super) const MAX_CONTEXT_VALUE: usize = 256;

/// The span of one gRPC call. Fill in what is learnt later: `span.record("job_id", …)`, likewise
/// `driver_name`, `device_id`, `rpc.grpc.status_code` and, if it went wrong, `error.type`. `service` and `method` as
/// gRPC names them. `recorded`: whether it becomes part of a trace that is exported.
pub fn rpc(trace: &TraceContext, (service, method): (&str, &str), recorded: bool) -> Span {
    tracing::error_span!(
        target: "driver_manager",
        "rpc",
        recorded,
        sampled = trace.sampled,
        otel.name = method,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = tracing::field::Empty,
        error.r#type = tracing::field::Empty,
        circuit_hash = tracing::field::Empty,
        parent_span_id = trace.parent_span_id.as_deref().unwrap_or_default(),
        trace_id = trace.trace_id.as_str(),
        span_id = trace.span_id.as_str(),
        job_id = tracing::field::Empty,
        driver_name = tracing::field::Empty,
        device_id = tracing::field::Empty,
    )
}

/// The span of work done for a driver outside any call: loading, warming, health.
pub fn driver(driver_name: &str) -> Span {
    tracing::error_span!(target: "driver_manager", "driver", driver_name, device_id = tracing::field::Empty)
}

/// The place in its trace of what runs now, for calls to others. `None` outside of requests.
pub fn current() -> Option<TraceContext> {
    tracing::dispatcher::get_default(|dispatch| {
        let id = dispatch.current_span().id()?.clone();
        let span = dispatch.downcast_ref::<Registry>()?.span(&id)?;
        let mut found = Context::default();
        for span in span.scope() {
            let extensions = span.extensions();
            if let Some(recording) = extensions.get::<Recording>() {
                let (trace_id, span_id) = recording.ids();
                return Some(TraceContext { trace_id, parent_span_id: None, span_id, sampled: true });
            }
            if let Some(outer) = extensions.get::<Context>() {
                found.fill_from(outer);
                found.sampled |= outer.sampled;
            }
        }
        let [trace_id, span_id, ..] = found.values;
        Some(TraceContext {
            trace_id: trace_id?,
            parent_span_id: None,
            span_id: span_id?,
            sampled: found.sampled,
        })
    })
}

/// Values of [`CONTEXT_FIELDS`], kept in a span's extensions; gathered for a line from inside out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Context {
    values: [Option<String>; CONTEXT_FIELDS.len()],
    sampled: bool,
}

impl Context {
    /// Sets a field; an empty value leaves it as it was. Whether the name is one of ours.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let Some(index) = CONTEXT_FIELDS.iter().position(|field| *field == name) else { return false };
        if !value.is_empty() {
            self.values[index] = Some(super::log::cut(value, MAX_CONTEXT_VALUE).into_owned());
        }
        true
    }

    /// Takes from an outer span what is still missing.
    pub(super) fn fill_from(&mut self, outer: &Self) {
        for (own, outer) in self.values.iter_mut().zip(&outer.values) {
            if own.is_none() {
                own.clone_from(outer);
            }
        }
    }

    /// Names and values that are there.
    pub(super) fn present(&self) -> impl Iterator<Item = (&'static str, &str)> {
        CONTEXT_FIELDS
            .into_iter()
            .zip(&self.values)
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl Visit for Context {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.sampled |= field.name() == "sampled" && value;
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if CONTEXT_FIELDS.contains(&field.name()) {
            self.set(field.name(), &format!("{value:?}"));
        }
    }
}

/// Keeps the context fields of every span where the formatter finds them.
pub(super) struct ContextLayer;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ContextLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let mut fields = Context::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: LayerContext<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Context>()
        {
            record.record(fields);
        }
    }
}
