//! A driver's own errors.

use std::time::Duration;

use super::wit;
use crate::driver::checks::{MAX_CODE, MAX_MESSAGE, MAX_TICKET};
use crate::model::{Failure, FailureKind, Submission, Ticket};

pub(in crate::wasm) fn failure(driver: &str, error: wit::Error) -> Failure {
    let message: String = error.message.chars().take(MAX_MESSAGE).collect();
    let mut failure = Failure::new(kind(error.code), message).from_provider(driver);
    let code = |code: String| format!("provider code {}", code.chars().take(MAX_CODE).collect::<String>());
    failure.cause = error.provider_code.map(code);
    failure.submission = submission(error.submission, &mut failure.cause);
    failure.retry_after = error.retry_after_ms.map(Duration::from_millis);
    failure
}

/// A ticket that is too long names no job that could be asked for: what is left is that there may be one.
fn submission(submission: wit::Submission, cause: &mut Option<String>) -> Submission {
    match submission {
        wit::Submission::NotSubmitted => Submission::NotSubmitted,
        wit::Submission::Submitted(ticket) if ticket.len() <= MAX_TICKET => {
            Submission::Submitted(Ticket::new(ticket))
        }
        wit::Submission::Submitted(ticket) => {
            *cause = Some(format!("its ticket has {} bytes; {MAX_TICKET} are allowed", ticket.len()));
            Submission::Unknown
        }
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
