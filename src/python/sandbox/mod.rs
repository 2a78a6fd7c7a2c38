//! The sandbox around a worker: another user, no capabilities, and rules of the kernel about files, ports, signals
//! and system calls.
//!
//! The invariants: the rules are in force before the interpreter runs its first instruction, they cannot be taken
//! back, and under `required` a worker with less than all of them does not start.

mod descriptors;
mod files;
mod launcher;
mod policy;
mod system_calls;

use std::path::Path;

pub use launcher::launcher;
pub(super) use policy::{Bounds, Network, Policy};

/// The first argument that makes the program a launcher. No command of the command line: it is for the host alone.
pub(super) const COMMAND: &str = "python-worker-launch";

/// Where the kernel says what filters of system calls can do.
const FILTERS: &str = "/proc/sys/kernel/seccomp/actions_avail";

/// What this kernel lacks of a whole sandbox, a sentence each.
pub(super) fn lacking() -> Vec<String> {
    let mut lacking = Vec::new();
    if let Err(error) = files::supported() {
        let version = files::NEEDED as i32;
        lacking
            .push(format!("Landlock is missing, off, or older than version {version} (Linux 6.12): {error}"));
    }
    if !Path::new(FILTERS).exists() {
        lacking.push("the kernel cannot filter system calls (seccomp)".to_owned());
    } else if system_calls::filters(Network::None, 1).is_err() {
        lacking.push(format!("there is no filter of system calls for {}", std::env::consts::ARCH));
    }
    lacking
}
