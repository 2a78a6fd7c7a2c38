//! Compiled components on disk, through the real binary: they save time, and none that this host did not
//! write itself is ever run.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod home;
mod saving;
mod trouble;
mod trust;
