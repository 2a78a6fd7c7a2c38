//! The way out: a real guest behind a real host reaches for real servers on this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod aws;
mod bounds;
mod canary;
mod core_files;
mod credentials;
mod doubt;
mod permission;
mod provider;
mod rates;
mod reload;
mod stage;
