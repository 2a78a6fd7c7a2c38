//! What is remembered so that it need not be asked or computed again.
//!
//! [`ResultCache`] keeps results of executions, [`DeviceCache`] what drivers said of their devices,
//! [`CircuitCache`] circuits that were read. All stand on [`Flights`]: of those who want the same thing at the same time, one fetches it and all share.
//!
//! The invariants: everything is bounded, by bytes or entries and by age; whatever is answered from memory
//! says so and how old it is; a random result is never reused unless its caller asked for that.

mod circuits;
mod devices;
mod flight;
mod key;
mod local;
mod mode;
#[cfg(feature = "redis")]
mod redis;
mod result;
mod shared;
#[cfg(test)]
mod tests;

pub use circuits::{CircuitCache, CircuitKey, ReadBy};
pub use devices::{DeviceCache, Seen};
pub use flight::{Flights, Role};
pub use key::{Identity, ResultKey};
pub use mode::CacheMode;
#[cfg(feature = "redis")]
pub use redis::Redis;
pub use result::{Answer, Origin, ResultCache, Run, Weigh};
pub use shared::{Changed, Kept, Look, Portable, Shared};
