//! What is known about a request besides its own fields, and what becomes known on the way.

use std::sync::OnceLock;
use std::time::Instant;

use tracing::Span;

use crate::model::{DeviceId, DriverName};

/// Travels with a request through dispatch; the edge reads it for metrics, logs and statuses.
#[derive(Debug, Default)]
pub struct RequestContext {
    /// The transport's own deadline, if the caller set one.
    pub transport_deadline: Option<Instant>,
    driver: OnceLock<DriverName>,
}

impl RequestContext {
    /// A context with the transport's deadline.
    pub fn new(transport_deadline: Option<Instant>) -> Self {
        Self { transport_deadline, driver: OnceLock::new() }
    }

    /// The driver that answered, once one was found.
    pub fn driver(&self) -> Option<&DriverName> {
        self.driver.get()
    }

    pub(super) fn answered_by(&self, driver: &DriverName, device: &DeviceId) {
        let span = Span::current();
        span.record("driver_name", driver.as_str());
        span.record("device_id", device.as_str());
        // A request is answered by one driver; the first found stays.
        let _ = self.driver.set(driver.clone());
    }
}
