//! Traces as a collector gets them: the real binary, a real OTLP receiver, a provider over HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod collector;
mod provider;
mod spans;
mod trouble;
