//! The operators' edge: metrics for Prometheus, health for probes.

mod health;
mod server;

pub use server::{Server, State};
