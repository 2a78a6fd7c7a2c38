//! Drivers in Python behind the real binary: real workers, in the interpreter of this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod escapes;
mod faults;
mod harm;
mod serving;
mod stage;
