//! What is remembered so that it need not be asked or computed again.
//!
//! [`ResultCache`] keeps results of executions, [`DeviceCache`] what drivers said of their devices. Both
//! stand on [`Flights`]: of those who want the same thing at the same time, one fetches it and all share.
//!
//! The invariants: everything is bounded, by bytes or entries and by age; whatever is answered from memory
//! says so and how old it is; a random result is never reused unless its caller asked for that.

mod devices;
mod flight;
mod key;
mod mode;
mod result;
#[cfg(test)]
mod tests;

pub use devices::{DeviceCache, Seen};
pub use flight::{Flights, Role};
pub use key::{Identity, ResultKey};
pub use mode::CacheMode;
pub use result::{Answer, Origin, ResultCache, Run, Weigh};
