//! Who calls, and what its metadata says: deadline, correlation, trace.

use std::time::{Duration, Instant};

use tonic::Extensions;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpConnectInfo;

use crate::model::CallerId;
use crate::telemetry::trace_context::TraceContext;

/// The longest text taken over from a caller into logs and statuses, in characters.
const MAX_TEXT: usize = 128;
/// The transport enforces the same deadline without details; ours fires this much earlier.
const HEAD_START: Duration = Duration::from_millis(10);

/// When a request's head arrived. The transport counts its deadline from there, so ours must too: the
/// body is read, and the handler runs, who knows how much later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival(Instant);

impl Arrival {
    /// Notes the time on a request.
    pub(super) fn stamp<B>(mut request: http::Request<B>) -> http::Request<B> {
        request.extensions_mut().insert(Self(Instant::now()));
        request
    }
}

/// A caller, as far as its metadata tells.
pub(super) struct Caller {
    /// `x-eigen-tenant` and `x-eigen-sub`, else the address without its port: a Kernel may open a connection
    /// for every call.
    pub(super) id: CallerId,
    /// `x-correlation-id`, else `x-request-id`, else a new UUID.
    pub(super) correlation_id: String,
    /// From `traceparent` or `trace_id`, else new.
    pub(super) trace: TraceContext,
    /// Whether the caller sent a trace at all.
    pub(super) traced: bool,
    /// `grpc-timeout` from the arrival on, less a head start.
    pub(super) deadline: Option<Instant>,
}

impl Caller {
    pub(super) fn new(metadata: &MetadataMap, extensions: &Extensions) -> Self {
        let arrival = extensions.get().map_or_else(Instant::now, |Arrival(time)| *time);
        let text = |key: &str| {
            metadata.get(key).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty())
        };
        let correlation_id = text("x-correlation-id")
            .or_else(|| text("x-request-id"))
            .map_or_else(|| uuid::Uuid::new_v4().to_string(), short);
        let (traceparent, trace_id) = (text("traceparent"), text("trace_id"));
        let subject = || Some(format!("{}/{}", short(text("x-eigen-tenant")?), short(text("x-eigen-sub")?)));
        let address =
            || extensions.get::<TcpConnectInfo>()?.remote_addr().map(|address| address.ip().to_string());
        Self {
            id: CallerId::new(subject().or_else(address).unwrap_or_default()),
            correlation_id,
            trace: TraceContext::from_headers(traceparent, trace_id),
            traced: traceparent.is_some() || trace_id.is_some(),
            deadline: text("grpc-timeout")
                .and_then(timeout)
                .and_then(|limit| arrival.checked_add(limit.saturating_sub(HEAD_START.min(limit / 10)))),
        }
    }
}

/// Cut to a length that fits into logs and trailers.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MAX_TEXT).collect()
}

/// `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Requests").
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_specification_writes_them() {
        assert_eq!(timeout("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(timeout("2H"), Some(Duration::from_hours(2)));
        for wrong in ["", "S", "10", "-1S", "123456789S", "1x", "1é"] {
            assert_eq!(timeout(wrong), None, "{wrong:?}");
        }
    }
}
