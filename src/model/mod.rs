//! Plain types that every layer speaks: ids, devices, executions, failures.
//!
//! Strings end at the edges: past `grpc/` and `wasm/` an id is a [`DeviceId`], not a `String`, and
//! wire types (protobuf, WIT) never travel further than their conversion file. No I/O here.

mod device;
mod digest;
mod execution;
mod failure;
mod ids;
mod lifecycle;

pub use device::{
    CircuitClass, CircuitForm, Device, DeviceFeatures, DeviceState, DeviceStatus, Health, QubitLimit,
};
pub use digest::{Digest, NotADigest};
pub use execution::{
    Circuit, ExecutionRequest, ExecutionResult, Outcome, Pending, Properties, Reconciliation,
};
pub use failure::{Failure, FailureKind, FieldViolation, Submission};
pub use ids::{CallerId, DeviceId, DriverName, ExecutionKey, Generation, Ticket};
pub use lifecycle::{Happening, Impossible, RejectReason, Rejection, Stage};
