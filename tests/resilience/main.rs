//! How failures are met, asked of the real binary over TCP with a driver whose faults are scripted.
//!
//! What is counted is counted at the provider's side: the driver logs each submission, with its job.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod breakers;
mod caching;
mod degradation;
mod doubt;
mod failover;
mod health;
mod limits;
mod retries;
mod stage;
