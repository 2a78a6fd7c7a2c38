//! Spans on their way out, counted; a collector that is lost or found again is told of once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_otlp::SpanExporter as Otlp;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::telemetry::{Telemetry, events};

/// The OTLP exporter, watched.
#[derive(Debug)]
pub(super) struct Counted {
    otlp: Otlp,
    telemetry: Telemetry,
    failing: AtomicBool,
}

impl Counted {
    pub(super) fn new(otlp: Otlp, telemetry: Telemetry) -> Self {
        Self { otlp, telemetry, failing: AtomicBool::new(false) }
    }
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.otlp.export(batch).await;
        let failed = sent.is_err();
        self.telemetry.metrics().spans(if failed { "failed" } else { "exported" }, spans as u64);
        let failing = self.failing.swap(failed, Ordering::Relaxed);
        match &sent {
            Err(error) if !failing => {
                self.telemetry.emit(events::TracesLost { cause: &error.to_string() });
            }
            Ok(()) if failing => self.telemetry.emit(events::TracesFound {}),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}
