//! Why a request failed: one type from the guest's trap to the caller's status.
//!
//! A [`Failure`] keeps apart what each reader needs: the caller gets `kind`, `message` and
//! `remediation`; the operator's log also gets `cause`, which never leaves the host. What is
//! known about the submission travels along, because only `NotSubmitted` may ever be sent again.

use std::fmt;
use std::time::Duration;

use super::{ExecutionKey, Ticket};

/// What is known about a submission when something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// No provider can have got the job.
    NotSubmitted,
    /// The provider has it.
    Submitted(Ticket),
    /// Nobody can tell.
    Unknown,
    /// The provider had it, and it is over: it was executed and the answer is wrong, or it was cancelled.
    Ended,
}

/// The class of a failure; `grpc/status.rs` maps each to its status, reason and taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The request or its circuit is wrong; the host says so.
    InvalidRequest,
    /// A driver says that the circuit or an option is wrong.
    InvalidArgument,
    /// No such device.
    UnknownDevice,
    /// The device lacks a format, operation or feature.
    Unimplemented,
    /// The device is not in a state to do it, or the circuit does not fit it.
    Precondition,
    /// The backend cannot be reached.
    Unavailable,
    /// A quota or rate limit.
    Quota,
    /// Too large: memory, pool, payload.
    Capacity,
    /// The deadline passed.
    Timeout,
    /// Credentials are missing or wrong.
    Unauthenticated,
    /// Credentials do not allow it.
    PermissionDenied,
    /// Interrupted before anything was submitted.
    Aborted,
    /// The driver trapped, crashed or broke the interface.
    Internal,
    /// Whether the provider got the job is unknown.
    SubmissionUnknown,
}

impl FailureKind {
    /// Whether the same request may succeed later.
    pub fn retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Quota | Self::Capacity | Self::Aborted | Self::Timeout)
    }

    /// Whether the driver or its backend is to blame, rather than the caller.
    pub fn blames_driver(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout | Self::Internal | Self::SubmissionUnknown)
    }

    /// A stable name for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidArgument => "invalid_argument",
            Self::UnknownDevice => "unknown_device",
            Self::Unimplemented => "unimplemented",
            Self::Precondition => "precondition",
            Self::Unavailable => "unavailable",
            Self::Quota => "quota",
            Self::Capacity => "capacity",
            Self::Timeout => "timeout",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::Aborted => "aborted",
            Self::Internal => "internal",
            Self::SubmissionUnknown => "submission_unknown",
        }
    }

    /// The taxonomy of the platform's error model.
    pub fn taxonomy(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::Internal => "internal",
            Self::InvalidArgument | Self::UnknownDevice | Self::Unimplemented | Self::SubmissionUnknown => {
                "provider"
            }
            Self::Precondition | Self::Aborted => "runtime",
            Self::Unavailable | Self::Timeout => "network",
            Self::Quota | Self::Capacity => "quota",
            Self::Unauthenticated | Self::PermissionDenied => "auth",
        }
    }
}

/// A field of the request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field, such as `payload.format`.
    pub field: String,
    /// What is wrong.
    pub description: String,
}

/// A failed request.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its class.
    pub kind: FailureKind,
    /// What is wrong, for the caller.
    pub message: String,
    /// What to do about it, one sentence, for the caller.
    pub remediation: String,
    /// What is known about the submission.
    pub submission: Submission,
    /// When a new attempt makes sense.
    pub retry_after: Option<Duration>,
    /// All fields that are wrong, if the request is.
    pub violations: Vec<FieldViolation>,
    /// What really happened, for the operator's log only.
    pub cause: Option<String>,
    /// The execution, where its outcome at the provider is in doubt.
    pub execution_key: Option<ExecutionKey>,
    /// Who says so: a driver's name, `driver_registry`, `driver_manager`, or empty for validation.
    pub provider: String,
}

impl Failure {
    /// A failure for which nothing was submitted.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            remediation: default_remediation(kind).to_owned(),
            submission: Submission::NotSubmitted,
            retry_after: None,
            violations: Vec::new(),
            cause: None,
            execution_key: None,
            provider: "driver_manager".to_owned(),
        }
    }

    /// Replaces the advice.
    #[must_use]
    pub fn remedy(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = remediation.into();
        self
    }

    /// Adds what the operator should know.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Names who says so.
    #[must_use]
    pub fn from_provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = provider.into();
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

fn default_remediation(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InvalidRequest => "Correct the listed fields and send the request again.",
        FailureKind::InvalidArgument => "Correct the circuit or the options and send the request again.",
        FailureKind::UnknownDevice => "Call ListDevices for the devices that exist.",
        FailureKind::Unimplemented => {
            "Choose a device that supports this, or rewrite the circuit without it."
        }
        FailureKind::Precondition => {
            "Check the device's status and limits with GetDeviceStatus and ListDevices."
        }
        FailureKind::Unavailable => "Send the request again after the given delay.",
        FailureKind::Quota => "Send the request again after the given delay, or ask for a larger quota.",
        FailureKind::Capacity => "Make the request smaller, or ask the operator to raise the limit named.",
        FailureKind::Timeout => "Allow more time, or make the request smaller.",
        FailureKind::Unauthenticated => "Ask the operator to check the driver's credentials.",
        FailureKind::PermissionDenied => "Ask the operator to check what the driver's credentials allow.",
        FailureKind::Aborted => "Nothing was submitted: send the request again.",
        FailureKind::Internal => "Report the correlation id to the operator: the cause is in the log.",
        FailureKind::SubmissionUnknown => {
            "Do not send it again before the provider's records were checked for the execution key."
        }
    }
}
