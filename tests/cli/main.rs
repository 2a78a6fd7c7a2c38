//! The command line as people and scripts use it: the real binary, against a real host.
//!
//! Scripts rely on exit codes and on plain output, people on messages that say what to do; both are
//! tested as a caller sees them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod answering_host;
mod check;
mod examples;
mod exit_codes;
mod help;
mod log_level;
mod output;
mod plugins;
mod run;
mod show;
mod stage;
