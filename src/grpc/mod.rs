//! The Kernel's edge: gRPC in, dispatch behind. Protobuf types end in this folder.

pub mod admin;
mod caller;
mod convert;

mod server;
mod service;
mod status;
mod transport;

pub use server::{Health, ServeError, Server};

/// The generated code of `proto/`.
pub mod proto {
    #![expect(missing_docs, clippy::pedantic, reason = "generated; the documentation is in proto/")]
    tonic::include_proto!("eigen.internal.v1");

    /// All descriptors, for reflection.
    pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
}
