//! What a worker does that has nothing to do with Python: frames, messages, and the bookkeeping of
//! what was asked and not answered yet.
//!
//! It is apart from the extension module so that it can be tested like any library, and so that a
//! test can play the host with the same code.

pub mod frame;
pub mod message;
mod outbox;
mod queue;
mod requests;

pub use outbox::{Outbox, Overrun};
pub use queue::{Next, WorkQueue};
pub use requests::{Cancelled, Refusal, Requests};

/// The version of the protocol that this library speaks.
pub const PROTOCOL: u32 = 1;

/// A lock whose holder cannot have died: panics end the process.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
