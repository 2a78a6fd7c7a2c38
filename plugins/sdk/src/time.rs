//! Clocks and waiting: std's panic on `wasm32-unknown-unknown`, these do not.
//!
//! A driver that never asks does not import `wasi:clocks`.

use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z; may jump when somebody sets the clock.
#[cfg(target_arch = "wasm32")]
pub fn unix_ms() -> u64 {
    let now = wasip2::clocks::wall_clock::now();
    now.seconds * 1000 + u64::from(now.nanoseconds) / 1_000_000
}

/// Milliseconds since 1970-01-01T00:00:00Z; may jump when somebody sets the clock.
#[cfg(not(target_arch = "wasm32"))]
pub fn unix_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis() as u64)
}

/// Nanoseconds since some moment in the past; never runs backwards. For measuring durations.
#[cfg(target_arch = "wasm32")]
pub fn monotonic_ns() -> u64 {
    wasip2::clocks::monotonic_clock::now()
}

/// Nanoseconds since some moment in the past; never runs backwards. For measuring durations.
#[cfg(not(target_arch = "wasm32"))]
pub fn monotonic_ns() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

/// Waits, in the host; the call's deadline goes on running.
#[cfg(target_arch = "wasm32")]
pub fn sleep(duration: Duration) {
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    wasip2::clocks::monotonic_clock::subscribe_duration(nanoseconds).block();
}

/// Waits, in the host; the call's deadline goes on running.
#[cfg(not(target_arch = "wasm32"))]
pub fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}
