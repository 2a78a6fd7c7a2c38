//! A core file would hold every secret that the process held.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Keeps the kernel from writing one, to a file or to a collector, whatever the limits of the shell say. What a
/// debugger of the same user could see is out of reach too (`prctl(2)`, `PR_SET_DUMPABLE`).
pub(super) fn prevent() {
    let limited = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let hidden = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Err(error) = limited.and(hidden) {
        tracing::warn!(target: "driver_manager", %error, "a core file of this process could hold secrets");
    }
}
