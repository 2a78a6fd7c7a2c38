//! The host as a service: what operators and Kernels may rely on from its start to its end.
//!
//! Everything is asked of the real binary, over TCP. A test that counts has a host of its own; what it
//! waits for is a metric, a log line or the end of a stream, never the clock.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod backpressure;
mod deadlines;
mod exposition;
mod hanging_up;
mod health;
mod log;
mod metrics;
mod pages;
mod patient;
mod shutdown;
mod stage;
mod start;
