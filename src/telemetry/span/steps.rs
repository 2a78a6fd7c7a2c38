//! The steps of a request, as its trace shows them.
//!
//! Owns their names and attributes, a contract with whoever searches traces. They begin only in requests that are
//! recorded; elsewhere each of these is a span that does nothing. What ends badly has `error.type`, one of a fixed set
//! of words or a status.

use tracing::Span;
use tracing::field::Empty;

/// The target of all of them.
pub(in crate::telemetry) const STEP: &str = "driver_manager::step";

/// Request fields and options are checked.
pub fn validate() -> Span {
    tracing::error_span!(target: STEP, "validate", error.r#type = Empty)
}

/// The circuit is parsed, checked and lowered.
pub fn prepare() -> Span {
    tracing::error_span!(target: STEP, "prepare", error.r#type = Empty)
}

/// The result cache is asked; what it does not know is run inside. `outcome` is recorded at the end.
pub fn cache() -> Span {
    tracing::error_span!(target: STEP, "cache", outcome = Empty, error.r#type = Empty)
}

/// One attempt at one device.
pub fn attempt(driver: &str, device: &str, number: u32) -> Span {
    tracing::error_span!(
        target: STEP,
        "attempt",
        eigen.driver = driver,
        eigen.device_id = device,
        eigen.attempt = number,
        error.r#type = Empty
    )
}

/// A connection is waited for, or opened.
pub fn pool_wait(driver: &str) -> Span {
    tracing::error_span!(target: STEP, "pool_wait", eigen.driver = driver, error.r#type = Empty)
}

/// The driver is at work.
pub fn driver_call(driver: &str, operation: &'static str) -> Span {
    tracing::error_span!(
        target: STEP,
        "driver_call",
        eigen.driver = driver,
        eigen.call = operation,
        error.r#type = Empty
    )
}

/// A request over HTTP for a driver. Of its address only host and port are told.
pub fn outbound(driver: &str, method: &str, host: &str) -> Span {
    tracing::error_span!(
        target: STEP,
        "http",
        otel.name = method,
        otel.kind = "client",
        eigen.driver = driver,
        http.request.method = method,
        server.address = host,
        http.response.status_code = Empty,
        error.r#type = Empty
    )
}

/// Notes on a step how it ended badly.
pub fn failed(span: &Span, how: &str) {
    span.record("error.type", how);
}
