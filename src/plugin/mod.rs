//! Which drivers there are: found, verified, made ready, published as generations, and taken out again.
//!
//! The registry is one immutable snapshot behind an atomic pointer: a request takes the snapshot once and
//! never sees half of a change. The [`Manager`] is the one that publishes; everything else here serves it.

mod active;
mod bundle;
mod change;
pub mod discovery;
#[cfg(test)]
mod fake;
mod fault;
mod gate;
mod journal;
mod ledger;
mod manager;
pub mod manifest;
mod registry;
mod report;
mod store;
mod trial;
pub mod trust;
mod watch;

pub use active::{Active, Identity};
pub use bundle::{Bundle, Origin};
pub use change::{Change, ChangeError, ChangeOutcome, OnStep, Reload, Replacement, Step, SwapRequest, Trial};
pub use journal::{Event, Journal};
pub use ledger::Ledger;
pub use manager::{LoadProblem, Manager, Parts as ManagerParts, ReadConfig, SelfTest};
pub use registry::{Entry, Registry, Route, Snapshot};
pub use report::{DriverReport, GenerationReport};
pub use store::{Parts, Store};
