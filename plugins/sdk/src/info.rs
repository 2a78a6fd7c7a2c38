//! What a driver says about itself.

use crate::{DriverInfo, Health};

impl DriverInfo {
    /// A driver by its name (lower case letters, digits, dashes) and its version (semver.org).
    /// Tickets have version 1 until [`tickets`](DriverInfo::tickets) says otherwise.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            vendor: String::new(),
            ticket_version: 1,
            accepts_ticket_versions: vec![1],
            features: Vec::new(),
        }
    }

    /// Who wrote it.
    #[must_use]
    pub fn vendor(mut self, vendor: impl Into<String>) -> Self {
        self.vendor = vendor.into();
        self
    }

    /// The version of its tickets, and the older versions that it understands as well.
    #[must_use]
    pub fn tickets(mut self, version: u32, older: &[u32]) -> Self {
        self.ticket_version = version;
        self.accepts_ticket_versions = [&[version], older].concat();
        self
    }

    /// Anything else worth showing.
    #[must_use]
    pub fn feature(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.features.push((key.into(), value.into()));
        self
    }
}

impl Health {
    /// The driver can work.
    pub fn ready() -> Self {
        Self { ready: true, reason: String::new(), details: Vec::new() }
    }

    /// The driver cannot work, and why not.
    pub fn not_ready(reason: impl Into<String>) -> Self {
        Self { ready: false, reason: reason.into(), details: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_always_accepts_its_own_tickets() {
        let info = DriverInfo::new("d", "1.0.0").tickets(3, &[2, 1]);
        assert_eq!(info.accepts_ticket_versions, [3, 2, 1]);
    }
}
