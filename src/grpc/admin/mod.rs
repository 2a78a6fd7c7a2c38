//! The operators' edge: drivers listed, replaced, rolled back, watched. A listener of its own, which only
//! the service's user reaches; never the Kernel's.

mod convert;
mod listener;
mod server;
mod service;
mod status;
mod upload;

pub use listener::Listener;
pub use server::Server;

/// The generated code of the operators' service.
pub mod proto {
    #![expect(missing_docs, clippy::pedantic, reason = "generated; the documentation is in proto/")]
    tonic::include_proto!("eigen.driver_manager.admin.v1");

    /// All descriptors, for reflection.
    pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/admin-descriptors.bin"));
}
