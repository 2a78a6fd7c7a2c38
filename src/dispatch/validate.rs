//! Validation of requests: all violations at once, in the contract's words.

use crate::model::{Failure, FailureKind, FieldViolation};

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Notes a violation.
    pub(super) fn add(&mut self, field: &str, description: impl Into<String>) {
        self.0.push(FieldViolation { field: field.to_owned(), description: description.into() });
    }

    /// Notes a missing field.
    pub(super) fn require(&mut self, present: bool, field: &str) {
        if !present {
            self.add(field, "field is required");
        }
    }

    /// Nothing was wrong, or a failure that lists everything that was.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut failure = Failure::new(FailureKind::InvalidRequest, "validation failed").from_provider("");
        failure.violations = self.0;
        Err(failure)
    }
}

/// The request names a device.
pub(super) fn device_id(device_id: &str) -> Result<(), Failure> {
    let mut violations = Violations::default();
    violations.require(!device_id.is_empty(), "device_id");
    violations.finish()
}
