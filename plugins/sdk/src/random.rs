//! Randomness from the host, fit for secrets. Natively it is the operating system's.
//!
//! Measurement outcomes come from `request.seed` where the caller gave one; take a seed from here
//! where not. A driver that never asks does not import `wasi:random`.

/// A seed for a generator of one's own.
#[cfg(target_arch = "wasm32")]
pub fn seed() -> u64 {
    wasip2::random::random::get_random_u64()
}

/// A seed for a generator of one's own.
#[cfg(not(target_arch = "wasm32"))]
pub fn seed() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

/// Fills a buffer with random bytes.
#[cfg(target_arch = "wasm32")]
pub fn fill(buffer: &mut [u8]) {
    buffer.copy_from_slice(&wasip2::random::random::get_random_bytes(buffer.len() as u64));
}

/// Fills a buffer with random bytes.
///
/// # Panics
/// Natively, if the operating system has no randomness. In a component never.
#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::expect_used, reason = "a test machine without randomness is out of order")]
pub fn fill(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system has randomness");
}
