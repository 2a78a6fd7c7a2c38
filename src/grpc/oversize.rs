//! Messages over the transport's own limit get a status with details, like everything else.
//!
//! The transport refuses them before any handler runs, with a bare `OUT_OF_RANGE`; nothing else
//! in this service answers with that code.

use http::Response;
use tonic::Code;

use super::status::{About, status};
use crate::config::ByteSize;
use crate::model::{Failure, FailureKind};

/// Replaces the transport's refusal; every other response passes unchanged.
pub(super) fn explain<B: Default>(response: Response<B>, limit: ByteSize) -> Response<B> {
    let refused = response
        .headers()
        .get("grpc-status")
        .and_then(|code| code.to_str().ok())
        .is_some_and(|code| code.parse() == Ok(Code::OutOfRange as i32));
    if !refused {
        return response;
    }
    let failure = Failure::new(
        FailureKind::Capacity,
        format!("the message is larger than `grpc.max_message` allows ({limit})"),
    );
    let correlation_id = uuid::Uuid::new_v4().to_string();
    let about = About { correlation: &correlation_id, job: "", trace: None };
    status(&failure, &about).into_http()
}
