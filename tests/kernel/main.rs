//! The four calls as real Kernels make them: a new connection for every call, plaintext, no deadline,
//! often no metadata, and a job's whole metadata as options.
//!
//! One host serves all tests but those about its settings ([`stage`]).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "tests; circuits are written where they are used"
)]

#[path = "../support/mod.rs"]
mod support;

mod aqo_versions;
mod bit_order;
mod callers;
mod counts;
mod descriptor;
mod devices;
mod faults;
mod parameters;
mod refusals;
mod results;
mod seeds;
mod stage;
