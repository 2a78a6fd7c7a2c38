//! Points at which a test may have the process killed, to see what a restart makes of it.
//!
//! Only in builds with debug assertions: a release build has no such points.

/// Names the step at which the process ends as if by `kill -9`.
#[cfg(debug_assertions)]
const VARIABLE: &str = "EIGEN_DM_FAULT_POINT";

/// Ends the process here, if a test asked for it.
#[cfg(debug_assertions)]
pub(super) fn point(step: &str) {
    if std::env::var_os(VARIABLE).is_some_and(|wanted| wanted == step) {
        // There is no later: the signal cannot be caught.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(super) fn point(_step: &str) {}
