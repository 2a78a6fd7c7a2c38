//! The caches as their users see them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod circuits;
mod devices;
mod flight;
mod result;

use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);
