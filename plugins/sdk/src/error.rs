//! Making errors: a constructor for each code, and what else is known.
//!
//! A fresh error says `not-submitted`, which permits the host to try again or elsewhere. Whoever
//! has talked to a provider adds [`Error::submitted`] or [`Error::submission_unknown`].

use std::time::Duration;

use crate::{Error, ErrorCode, Submission};

impl Error {
    /// An error of a code, with a message for the caller: what is wrong, and no secrets.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            submission: Submission::NotSubmitted,
            retry_after_ms: None,
            provider_code: None,
        }
    }

    /// The circuit or an option is wrong.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    /// No such device or ticket.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// The device lacks the operation, form or feature.
    pub fn unimplemented(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unimplemented, message)
    }

    /// The device is not in a state to do it.
    pub fn failed_precondition(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::FailedPrecondition, message)
    }

    /// The provider cannot be reached.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// A quota or rate limit at the provider.
    pub fn quota(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Quota, message)
    }

    /// Too large for the device.
    pub fn capacity(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Capacity, message)
    }

    /// The provider took too long.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Timeout, message)
    }

    /// The credentials are missing or wrong.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unauthenticated, message)
    }

    /// The credentials do not allow it.
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::PermissionDenied, message)
    }

    /// Interrupted before anything was submitted.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Aborted, message)
    }

    /// A defect of the driver.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    /// When a new attempt makes sense.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The provider has the job, under this ticket.
    #[must_use]
    pub fn submitted(mut self, ticket: impl Into<String>) -> Self {
        self.submission = Submission::Submitted(ticket.into());
        self
    }

    /// Nobody knows whether the provider has the job: it is never sent again blindly.
    #[must_use]
    pub fn submission_unknown(mut self) -> Self {
        self.submission = Submission::Unknown;
        self
    }

    /// The provider's own code, for the operator's log.
    #[must_use]
    pub fn provider_code(mut self, code: impl Into<String>) -> Self {
        self.provider_code = Some(code.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_error_permits_another_attempt() {
        assert_eq!(Error::unavailable("no route").submission, Submission::NotSubmitted);
    }

    #[test]
    fn additions_leave_code_and_message_alone() {
        let error = Error::quota("slow down").retry_after(Duration::from_secs(2)).submitted("t-1");
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::Quota, "slow down"));
        assert_eq!(error.retry_after_ms, Some(2000));
        assert_eq!(error.submission, Submission::Submitted("t-1".into()));
    }
}
