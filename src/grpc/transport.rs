//! Refusals by the transport itself get a status with details, like everything else.
//!
//! It refuses before any handler runs, with a bare status: `OUT_OF_RANGE` for a message over its limit, and
//! `INTERNAL` for bytes that are no message. Nothing of ours answers with the first, and everything of ours
//! has details.

use http::{HeaderMap, Response};
use tonic::Code;

use super::status::{About, status};
use crate::config::ByteSize;
use crate::model::{Failure, FailureKind, FieldViolation};

/// Replaces a refusal of the transport; every other response passes unchanged.
pub(super) fn explain<B: Default>(response: Response<B>, limit: ByteSize) -> Response<B> {
    let Some(failure) = refusal(response.headers(), limit) else { return response };
    let correlation_id = uuid::Uuid::new_v4().to_string();
    let about = About { correlation: &correlation_id, job: "", trace: None };
    status(&failure, &about).into_http()
}

fn refusal(headers: &HeaderMap, limit: ByteSize) -> Option<Failure> {
    let code: i32 = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
    if code == Code::OutOfRange as i32 {
        let text = format!("the message is larger than `grpc.max_message` allows ({limit})");
        return Some(Failure::new(FailureKind::Capacity, text));
    }
    if code == Code::Internal as i32 && !headers.contains_key("grpc-status-details-bin") {
        let text = "the bytes are no message of this call's type (gRPC frame, protobuf, UTF-8)";
        let mut failure = Failure::new(FailureKind::InvalidRequest, text)
            .remedy("Build the client from the .proto files of this host's version.");
        failure.violations.push(FieldViolation { field: "message".to_owned(), description: text.to_owned() });
        return Some(failure);
    }
    None
}
