//! What is shipped for Prometheus and Grafana, held against a real Prometheus and a host that has seen much.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod busy;
mod names;
mod prometheus;
mod promtool;
mod scrape;
mod shipped;
