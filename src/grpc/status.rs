//! From a [`Failure`] to the status on the wire: the one place that knows codes and details.
//!
//! Details are `google.rpc` messages in a fixed order: BadRequest, ErrorInfo, RetryInfo,
//! PreconditionFailure, ResourceInfo. They travel in trailers, so their size is bounded.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{
    BadRequest, ErrorDetail, ErrorInfo, FieldViolation, PreconditionFailure, PreconditionViolation,
    ResourceInfo, RetryInfo, StatusExt as _,
};

use super::caller::short;
use crate::model::{Failure, FailureKind, Submission};

const DOMAIN: &str = "eigen.driver_manager";
/// Violations listed in a status; clients commonly accept 8 KiB of trailers in all.
const MAX_VIOLATIONS: usize = 8;
const MAX_DESCRIPTION: usize = 480;
const MAX_MESSAGE: usize = 1024;

/// What a status says about the request it answers.
pub(super) struct About<'a> {
    /// Finds the request in the logs.
    pub(super) correlation: &'a str,
    /// The caller's job; may be empty.
    pub(super) job: &'a str,
    /// The caller's trace, if it sent one.
    pub(super) trace: Option<&'a str>,
}

/// The status code of a class of failures.
pub(super) fn code(kind: FailureKind) -> Code {
    match kind {
        FailureKind::InvalidRequest | FailureKind::InvalidArgument => Code::InvalidArgument,
        FailureKind::UnknownDevice => Code::NotFound,
        FailureKind::Unimplemented => Code::Unimplemented,
        FailureKind::Precondition | FailureKind::SubmissionUnknown => Code::FailedPrecondition,
        FailureKind::Unavailable => Code::Unavailable,
        FailureKind::Quota | FailureKind::Capacity => Code::ResourceExhausted,
        FailureKind::Timeout => Code::DeadlineExceeded,
        FailureKind::Unauthenticated => Code::Unauthenticated,
        FailureKind::PermissionDenied => Code::PermissionDenied,
        FailureKind::Aborted => Code::Aborted,
        FailureKind::Internal => Code::Internal,
    }
}

fn reason(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InvalidRequest => "EIGEN_INVALID_ARGUMENT",
        FailureKind::InvalidArgument | FailureKind::UnknownDevice => "EIGEN_BACKEND_INVALID_ARGUMENT",
        FailureKind::Unimplemented => "EIGEN_BACKEND_PROVIDER",
        FailureKind::Precondition => "EIGEN_BACKEND_PRECONDITION",
        FailureKind::Unavailable | FailureKind::Aborted => "EIGEN_BACKEND_UNAVAILABLE",
        FailureKind::Quota => "EIGEN_BACKEND_QUOTA",
        FailureKind::Capacity => "EIGEN_BACKEND_CAPACITY",
        FailureKind::Timeout => "EIGEN_BACKEND_TIMEOUT",
        FailureKind::Unauthenticated => "EIGEN_BACKEND_AUTH",
        FailureKind::PermissionDenied => "EIGEN_BACKEND_AUTHZ",
        FailureKind::Internal => "EIGEN_BACKEND_INTERNAL",
        FailureKind::SubmissionUnknown => "EIGEN_BACKEND_SUBMISSION_UNKNOWN",
    }
}

fn default_retry_delay(kind: FailureKind) -> Option<Duration> {
    match kind {
        FailureKind::Unavailable | FailureKind::Aborted => Some(Duration::from_secs(1)),
        FailureKind::Timeout => Some(Duration::from_secs(2)),
        FailureKind::Quota | FailureKind::Capacity => Some(Duration::from_secs(5)),
        _ => None,
    }
}

/// Builds the status of a failure.
pub(super) fn status(failure: &Failure, about: &About<'_>) -> Status {
    let message: String = failure.message.chars().take(MAX_MESSAGE).collect();
    Status::with_error_details_vec(code(failure.kind), message, details(failure, about))
}

fn details(failure: &Failure, about: &About<'_>) -> Vec<ErrorDetail> {
    let mut details: Vec<ErrorDetail> = Vec::new();
    if !failure.violations.is_empty() {
        let violations = failure.violations.iter().take(MAX_VIOLATIONS);
        details.push(
            BadRequest::new(
                violations
                    .map(|violation| {
                        let description: String =
                            violation.description.chars().take(MAX_DESCRIPTION).collect();
                        FieldViolation::new(short(&violation.field), description)
                    })
                    .collect::<Vec<_>>(),
            )
            .into(),
        );
    }
    details.push(ErrorInfo::new(reason(failure.kind), DOMAIN, metadata(failure, about)).into());
    if failure.kind.retryable() {
        let delay = failure.retry_after.or_else(|| default_retry_delay(failure.kind));
        details.push(RetryInfo::new(delay).into());
    }
    if failure.kind == FailureKind::Precondition {
        let violation =
            PreconditionViolation::new("STATE", short(&failure.provider), short(&failure.message));
        details.push(PreconditionFailure::new(vec![violation]).into());
    }
    if !about.job.is_empty() {
        details.push(ResourceInfo::new("job", short(about.job), "eigen", short(&failure.message)).into());
    }
    details
}

fn metadata(failure: &Failure, about: &About<'_>) -> HashMap<String, String> {
    let job_id = short(about.job);
    let timeline =
        if job_id.is_empty() { String::new() } else { format!("qfs://jobs/{job_id}/timeline.json") };
    let precondition =
        if failure.kind == FailureKind::Precondition { short(&failure.message) } else { String::new() };
    let mut metadata = HashMap::from([
        ("taxonomy", failure.kind.taxonomy().to_owned()),
        ("remediation", failure.remediation.clone()),
        ("correlation_id", about.correlation.to_owned()),
        ("job_id", job_id),
        ("provider", failure.provider.clone()),
        ("trace", about.trace.map_or_else(String::new, |id| format!("trace://{id}"))),
        ("retryable", failure.kind.retryable().to_string()),
        ("job_timeline", timeline),
        ("precondition", precondition),
    ]);
    if failure.kind == FailureKind::SubmissionUnknown {
        metadata.insert(
            "execution_key",
            failure.execution_key.as_ref().map_or_else(String::new, ToString::to_string),
        );
        if let Submission::Submitted(ticket) = &failure.submission {
            metadata.insert("ticket", ticket.to_string());
        }
    }
    metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
