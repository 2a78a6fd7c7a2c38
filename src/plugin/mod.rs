//! Which drivers there are: found, loaded, and published as generations.
//!
//! The registry is one immutable snapshot behind an atomic pointer: a request takes the snapshot
//! once and never sees half of a change.

mod discovery;
mod loader;
mod registry;

pub use discovery::{Artifact, Origin, discover};
pub use loader::{LoadProblem, Loader};
pub use registry::{Active, Entry, Registry, Snapshot};
