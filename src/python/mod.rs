//! Drivers written in Python, each in worker processes of its own.
//!
//! A worker is the interpreter of the driver's environment with the module of `python-bridge/`; it and the host speak
//! `proto/eigen/driver_manager/worker/v1` over a socket pair. The invariants: a worker that breaks the protocol, or
//! does not give up a call when told to, is killed; whatever becomes of a worker, every call that it had is answered;
//! and no worker outlives the host, since one whose socket closes ends at once.
//!
//! Around a worker is a [`sandbox`]; the operator may say that part of it will do, or none of it
//! (`python.isolation`).

mod connection;
mod convert;
mod driver;
mod failure;
mod interpreter;
mod process;
mod restarts;
mod runtime;
mod sandbox;
mod scratch;
mod spawner;
mod watchdog;
mod way;
mod wire;
mod worker;

pub use runtime::Runtime;
pub use sandbox::launcher;
