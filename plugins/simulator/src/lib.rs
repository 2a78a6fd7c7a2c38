//! The built-in driver: an exact state-vector simulator that runs as a sandboxed component.
//!
//! [`engine`] simulates and knows nothing of drivers; [`lower`] turns the interface's circuits into
//! the engine's; [`driver`] and [`settings`] are what the host talks to.

pub mod driver;
pub mod engine;
pub mod lower;
mod refusal;
pub mod settings;

pub use driver::Simulator;

eigen_qdriver::export!(Simulator);
