//! Points at which a test may have the process killed, to see what a restart makes of it.
//!
//! Only in builds with debug assertions: a release build has no such points. They count once the host
//! serves, so that the start itself, which takes the same steps, gets through.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicBool, Ordering};

/// Names the step at which the process ends as if by `kill -9`.
#[cfg(debug_assertions)]
const VARIABLE: &str = "EIGEN_DM_FAULT_POINT";

#[cfg(debug_assertions)]
static ARMED: AtomicBool = AtomicBool::new(false);

/// From now on points count.
#[cfg(debug_assertions)]
pub(super) fn arm() {
    ARMED.store(true, Ordering::Relaxed);
}

/// Ends the process here, if a test asked for it.
#[cfg(debug_assertions)]
pub(super) fn point(step: &str) {
    if ARMED.load(Ordering::Relaxed) && std::env::var_os(VARIABLE).is_some_and(|wanted| wanted == step) {
        // There is no later: the signal cannot be caught.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(super) fn arm() {}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(super) fn point(_step: &str) {}
