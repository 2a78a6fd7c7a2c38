//! What the integration tests share: the real binary as a child process, and a Kernel's client.

#![allow(dead_code, reason = "every test file takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    reason = "a failed step ends the test"
)]

pub mod builds;
pub mod details;
pub mod guests;
pub mod host;
pub mod lines;
pub mod operator;
pub mod program;
pub mod watchdog;
