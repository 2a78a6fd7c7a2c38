//! Traces: spans of sampled requests, sent to a collector over OTLP.
//!
//! Owns which requests are recorded and where their spans go. The invariants: what records is `tracing`'s
//! spans, so log lines and traces have the same ids; a request that is not sampled pays for one look at a
//! flag; and nothing here ever waits for the collector: spans go through a bounded queue to a thread of its
//! own, and what a slow or dead collector leaves no room for is dropped and counted.

mod export;
mod recorder;
mod recording;
mod sampling;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanProcessor as _};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};

pub(super) use recorder::{OURS, Recorder, StepGate};
pub(super) use recording::Recording;
pub use sampling::Sampling;

use super::Telemetry;
use super::log::SERVICE;

/// Where spans go, and within which bounds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The collector, such as `http://127.0.0.1:4317`.
    pub endpoint: String,
    /// Spans that wait to be sent.
    pub queue: usize,
    /// Spans sent at once.
    pub batch: usize,
    /// How often what has gathered is sent.
    pub interval: Duration,
    /// How long the collector may take.
    pub timeout: Duration,
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The exporter refuses its settings, or the environment's.
    #[error("traces cannot be sent: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// A name or value that is none.
    #[error("`{0}` and its value do not fit into a header")]
    Header(String),
}

/// The way to the collector.
#[derive(Debug, Clone)]
pub struct Traces {
    processor: Arc<BatchSpanProcessor>,
    telemetry: Telemetry,
}

impl Traces {
    /// Opens the way; must be called within a tokio runtime, which the connection lives in. Connects when there
    /// is something to send. Headers are names and values.
    ///
    /// # Errors
    /// When the settings, headers or `OTEL_*` variables are wrong; not when the collector is away.
    pub fn start(
        settings: Settings,
        headers: impl IntoIterator<Item = (String, String)>,
        telemetry: Telemetry,
    ) -> Result<Self, TracesError> {
        let mut metadata = MetadataMap::new();
        for (name, value) in headers {
            let key = AsciiMetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes()).ok();
            let pair = key.zip(AsciiMetadataValue::try_from(value).ok());
            let (key, mut value) = pair.ok_or(TracesError::Header(name))?;
            value.set_sensitive(true);
            metadata.insert(key, value);
        }
        let otlp = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(settings.endpoint)
            .with_timeout(settings.timeout)
            .with_metadata(metadata)
            .build()?;
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(settings.queue)
            .with_max_export_batch_size(settings.batch)
            .with_scheduled_delay(settings.interval)
            .build();
        let mut processor = BatchSpanProcessor::new(export::Counted::new(otlp, telemetry.clone()), config);
        processor.set_resource(&resource());
        Ok(Self { processor: Arc::new(processor), telemetry })
    }

    /// Sends what waits, for at most that long. Blocks; spans that end later are lost.
    pub fn shutdown(&self, timeout: Duration) {
        // A collector that is away has been told of already.
        let _ = self.processor.shutdown_with_timeout(timeout);
    }

    pub(super) fn recorder(&self) -> Recorder {
        Recorder::new(Arc::clone(&self.processor), self.telemetry.clone())
    }
}

/// What all spans have in common. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` come on top.
fn resource() -> Resource {
    let own =
        [KeyValue::new("service.name", SERVICE), KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))];
    let from_environment = Resource::builder().build();
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some()
        || std::env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|text| text.contains("service.name="));
    let own = own.into_iter().filter(|attribute| !(named && attribute.key.as_str() == "service.name"));
    let given = from_environment.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let given = given.filter(|attribute| named || attribute.key.as_str() != "service.name");
    Resource::builder_empty().with_attributes(own.chain(given)).build()
}
