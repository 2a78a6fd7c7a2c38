//! Reading requests and making results.

use std::time::Duration;

use crate::{Circuit, Error, ExecutionResult, Gates, Outcome, Pending, Request, Result};

/// The value of a key among properties, if it is there.
pub fn property<'a>(properties: &'a [(String, String)], key: &str) -> Option<&'a str> {
    properties.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

impl Request {
    /// The value of one of the caller's options, if given.
    pub fn option(&self, key: &str) -> Option<&str> {
        property(&self.options, key)
    }

    /// The circuit as a list of steps.
    ///
    /// Errors: [`Error::unimplemented`] for the other forms, which the host sends only to devices
    /// that list them.
    pub fn gates(&self) -> Result<&Gates> {
        match &self.circuit {
            Circuit::Gates(gates) => Ok(gates),
            _ => Err(Error::unimplemented("the device takes circuits as gates only")),
        }
    }
}

impl ExecutionResult {
    /// A result with counts: bitstrings, the highest classical bit leftmost, and how often each came.
    pub fn from_counts<K: Into<String>>(counts: impl IntoIterator<Item = (K, u64)>) -> Self {
        Self {
            counts: counts.into_iter().map(|(bits, count)| (bits.into(), count)).collect(),
            expectations: Vec::new(),
            duration_ns: 0,
            metadata: Vec::new(),
        }
    }

    /// Adds the exact expectation value of an observable.
    #[must_use]
    pub fn expectation(mut self, name: impl Into<String>, value: f64) -> Self {
        self.expectations.push((name.into(), value));
        self
    }

    /// The time the device worked on it.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self
    }

    /// Adds anything else worth showing.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }
}

impl Pending {
    /// A job that goes on at the provider, named by a ticket of at most 1024 bytes.
    pub fn new(ticket: impl Into<String>) -> Self {
        Self { ticket: ticket.into(), poll_after_ms: None, queue_position: None }
    }

    /// When to ask again.
    #[must_use]
    pub fn poll_after(mut self, wait: Duration) -> Self {
        self.poll_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        self
    }
}

impl From<ExecutionResult> for Outcome {
    fn from(result: ExecutionResult) -> Self {
        Self::Done(result)
    }
}

impl From<Pending> for Outcome {
    fn from(pending: Pending) -> Self {
        Self::Pending(pending)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{ErrorCode, testing};

    #[test]
    fn options_are_found_by_their_key() {
        let mut request = testing::bell("d");
        request.options = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
        assert_eq!(request.option("b"), Some("2"));
        assert_eq!(request.option("c"), None);
    }

    #[test]
    fn another_form_than_gates_is_refused_not_misread() {
        let mut request = testing::bell("d");
        assert_eq!(request.gates().unwrap().qubits, 2);
        request.circuit = Circuit::Qasm3("OPENQASM 3;".into());
        assert_eq!(request.gates().unwrap_err().code, ErrorCode::Unimplemented);
    }
}
