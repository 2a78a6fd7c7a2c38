//! The operators' edge: metrics for Prometheus, health for probes, a page for people.

pub mod console;
mod health;
mod server;

pub use server::{Server, State};

/// Said while the host starts and while it stops.
const NOT_SERVING: &str = "not serving: starting or stopping";
