//! Drivers in Python behind the real binary: real workers, in the interpreter of this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod faults;
#[path = "../egress/provider.rs"]
mod provider;
mod secrets;
mod serving;
mod stage;
mod way_out;
