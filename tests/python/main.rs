//! Drivers in Python behind the real binary: real workers, in the interpreter of this machine.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod cloud;
mod escapes;
mod faults;
mod harm;
#[path = "../egress/provider.rs"]
mod provider;
mod sdk;
mod secrets;
mod serving;
mod stage;
mod stand_in;
mod way_out;
