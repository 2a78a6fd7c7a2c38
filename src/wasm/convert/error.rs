//! A driver's own errors.

use std::time::Duration;

use super::wit;
use crate::model::{Failure, FailureKind, Submission, Ticket};

/// The longest message passed on to a caller, in characters.
const MAX_MESSAGE: usize = 2048;

pub(in crate::wasm) fn failure(driver: &str, error: wit::Error) -> Failure {
    let message: String = error.message.chars().take(MAX_MESSAGE).collect();
    let mut failure = Failure::new(kind(error.code), message).from_provider(driver);
    failure.submission = submission(error.submission);
    failure.retry_after = error.retry_after_ms.map(Duration::from_millis);
    failure.cause = error.provider_code.map(|code| format!("provider code {code}"));
    failure
}

fn submission(submission: wit::Submission) -> Submission {
    match submission {
        wit::Submission::NotSubmitted => Submission::NotSubmitted,
        wit::Submission::Submitted(ticket) => Submission::Submitted(Ticket::new(ticket)),
        wit::Submission::Unknown => Submission::Unknown,
    }
}

fn kind(code: wit::ErrorCode) -> FailureKind {
    match code {
        wit::ErrorCode::InvalidArgument => FailureKind::InvalidArgument,
        wit::ErrorCode::NotFound => FailureKind::UnknownDevice,
        wit::ErrorCode::Unimplemented => FailureKind::Unimplemented,
        wit::ErrorCode::FailedPrecondition => FailureKind::Precondition,
        wit::ErrorCode::Unavailable => FailureKind::Unavailable,
        wit::ErrorCode::Quota => FailureKind::Quota,
        wit::ErrorCode::Capacity => FailureKind::Capacity,
        wit::ErrorCode::Timeout => FailureKind::Timeout,
        wit::ErrorCode::Unauthenticated => FailureKind::Unauthenticated,
        wit::ErrorCode::PermissionDenied => FailureKind::PermissionDenied,
        wit::ErrorCode::Aborted => FailureKind::Aborted,
        wit::ErrorCode::Internal => FailureKind::Internal,
    }
}
