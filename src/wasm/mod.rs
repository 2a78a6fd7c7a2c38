//! The WebAssembly runtime: drivers as components in wasmtime, each call under limits.
//!
//! One [`Runtime`] per process: one engine, one linker, own threads for guests and for the
//! compiler. A driver generation is one [`WasmDriver`]: a component linked once (`InstancePre`);
//! its connections are instances. The invariant that everything here serves: whatever a guest
//! does, the host goes on, the deadline gets through, and the caller learns which limit it was.

mod bindings;
mod compile;
mod connection;
mod convert;
mod driver;
mod engine;
mod executor;
mod failure;
mod guest;
mod host;
mod limits;
mod outbound;
mod output;
mod preflight;
mod runtime;
mod time_slice;

pub use compile::CompileError;
pub use driver::WasmDriver;
pub use engine::{Allocator, EngineError};
pub use preflight::{Interface, VERSION as INTERFACE_VERSION, inspect};
pub use runtime::{HostBounds, Runtime, StartError};
