//! What is known about a request besides its own fields, and what becomes known on the way.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tracing::Span;

use crate::model::{CallerId, DeviceId, DriverName};

/// Travels with a request through dispatch; the edge reads it for metrics, logs and statuses.
#[derive(Debug)]
pub struct RequestContext {
    /// The transport's own deadline, if the caller set one.
    pub transport_deadline: Option<Instant>,
    /// Who asks, as far as limits tell callers apart.
    pub caller: CallerId,
    span: Span,
    driver: Mutex<Option<DriverName>>,
}

impl RequestContext {
    /// A context of a caller, with the transport's deadline and the span of the whole request.
    pub fn new(caller: CallerId, transport_deadline: Option<Instant>, span: Span) -> Self {
        Self { transport_deadline, caller, span, driver: Mutex::default() }
    }

    /// The driver that answered, or was asked last; `None` before one was found.
    pub fn driver(&self) -> Option<DriverName> {
        self.driver.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The span of the whole request, whatever step it is in.
    pub fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn answered_by(&self, driver: &DriverName, device: &DeviceId) {
        self.span.record("driver_name", driver.as_str());
        self.span.record("device_id", device.as_str());
        *self.driver.lock().unwrap_or_else(PoisonError::into_inner) = Some(driver.clone());
    }
}
