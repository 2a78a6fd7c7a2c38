//! Whatever a guest does, the host goes on, and the caller learns why: one misbehaving driver a test,
//! in a real host, over real gRPC.
//!
//! Most drivers live side by side in one host ([`stage`]), as they would in life: a fault that hurts a
//! neighbour shows as a failure of the neighbour's test. Tests find their log lines by their job's name.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "tests; metrics that count are whole"
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod lies;
mod limits;
mod loading;
mod memory;
mod neighbours;
mod outside;
mod stage;
mod talk;
