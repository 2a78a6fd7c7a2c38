//! Drivers replaced under the feet of their callers: the real host, real components, real files.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod canary;
mod crashes;
mod drain;
mod folders;
mod operators;
mod refusals;
mod stage;
mod storm;
