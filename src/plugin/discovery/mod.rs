//! Where plugins come from: the config, the plugin folders, the binary itself.
//!
//! What is nearer to the operator wins: a path in the config, then the folders in their order, then the
//! simulator that the binary carries. Half-written files are never taken for plugins: a manifest that names
//! its artifact's digest is complete when the digest is right; anything else must have been left alone for
//! `plugins.settle` ([`settle`]).

mod embedded;
mod places;
mod read;
mod scanner;
mod settle;
#[cfg(test)]
mod tests;

pub use embedded::{embedded_bundle, embedded_digest};
pub use read::{bundle_at, directory_of};
pub use scanner::{Scan, Scanner};
