//! Between `tracing` and the exporter: spans that are recorded, and the gate that keeps the others cheap.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanProcessor as _};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use super::Recording;
use super::recording::Fields;
use crate::telemetry::Telemetry;
use crate::telemetry::span::{Context, STEP};

/// Where the targets of our spans begin.
pub(in crate::telemetry) const OURS: &str = "driver_manager";

/// Records the spans of requests that are sampled, and of the steps inside them.
pub(in crate::telemetry) struct Recorder {
    processor: Arc<BatchSpanProcessor>,
    scope: InstrumentationScope,
    telemetry: Telemetry,
}

impl Recorder {
    pub(super) fn new(processor: Arc<BatchSpanProcessor>, telemetry: Telemetry) -> Self {
        let scope =
            InstrumentationScope::builder("eigen-driver-manager").with_version(env!("CARGO_PKG_VERSION"));
        Self { processor, scope: scope.build(), telemetry }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let (name, step) = (attributes.metadata().name(), attributes.metadata().target() == STEP);
        let mut fields = Fields::default();
        let recording = if step {
            let ids = |span: &tracing_subscriber::registry::SpanRef<'_, S>| {
                span.extensions().get::<Recording>().map(|outer| (outer.trace_id, outer.span_id))
            };
            let Some(outer) = span.scope().skip(1).find_map(|outer| ids(&outer)) else { return };
            attributes.record(&mut fields);
            Recording::inside(outer, fields, name)
        } else {
            attributes.record(&mut fields);
            if !fields.recorded {
                return;
            }
            Recording::of_request(fields, name)
        };
        let mut extensions = span.extensions_mut();
        // Lines inside a step have its id, as the collector has it.
        if step && let Some(context) = extensions.get_mut::<Context>() {
            context.set("span_id", &recording.ids().1);
        }
        extensions.insert(recording);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: LayerContext<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(recording) = span.extensions_mut().get_mut::<Recording>()
        {
            let mut fields = Fields::default();
            record.record(&mut fields);
            recording.take(fields);
        }
    }

    fn on_exit(&self, id: &Id, context: LayerContext<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(recording) = span.extensions_mut().get_mut::<Recording>()
        {
            recording.ended = Some(SystemTime::now());
        }
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let recording = context.span(&id).and_then(|span| span.extensions_mut().remove::<Recording>());
        if let Some(recording) = recording {
            self.telemetry.metrics().spans("recorded", 1);
            self.processor.on_end(recording.finish(self.scope.clone()));
        }
    }
}

/// Lets spans of steps begin only where they are recorded: in a request that is sampled.
pub(in crate::telemetry) struct StepGate {
    /// Whether anything is recorded at all.
    pub(in crate::telemetry) on: bool,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for StepGate {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match (metadata.target() == STEP, self.on) {
            (false, _) => Interest::always(),
            (true, true) => Interest::sometimes(),
            (true, false) => Interest::never(),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: LayerContext<'_, S>) -> bool {
        let recorded = |span: tracing_subscriber::registry::SpanRef<'_, S>| {
            span.extensions().get::<Recording>().is_some()
        };
        metadata.target() != STEP || self.on && context.lookup_current().is_some_and(recorded)
    }
}
