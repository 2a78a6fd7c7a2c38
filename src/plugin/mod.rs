//! Which drivers there are: found, loaded, and published as generations.
//!
//! The registry is one immutable snapshot behind an atomic pointer: a request takes the snapshot
//! once and never sees half of a change.

mod change;
mod discovery;
mod journal;
mod loader;
mod manager;
mod registry;
mod report;

pub use change::{Change, ChangeError, ChangeOutcome, OnStep, Reload, Replacement, Step, SwapRequest, Trial};
pub use discovery::{Artifact, Origin, discover};
pub use journal::{Event, Journal};
pub use loader::{LoadProblem, Loader};
pub use manager::Manager;
pub use registry::{Active, Entry, Registry, Snapshot};
pub use report::{DriverReport, GenerationReport};
