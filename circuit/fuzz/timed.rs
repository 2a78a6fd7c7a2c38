//! How long inputs take, in time of the processor: what else the machine does is no finding.
//!
//! The fuzzer itself counts whole seconds on the wall; it is left to end what never would.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::time::{ClockId, clock_gettime};

/// The most that one input may take, in microseconds.
const MOST: u64 = 1_000_000;

/// The most that one took so far.
static SLOWEST: AtomicU64 = AtomicU64::new(0);

/// Runs a body, and says so whenever an input took longer than all before. `cargo xtask fuzz` reads the last
/// of these lines.
pub fn timed(body: fn(&[u8]), data: &[u8]) {
    let started = now();
    body(data);
    let took = now() - started;
    if took > SLOWEST.fetch_max(took, Relaxed) {
        eprintln!("slowest input: {took} us");
    }
    assert!(took <= MOST, "this input took {took} us");
}

/// Time of this thread, in microseconds.
fn now() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000
}
