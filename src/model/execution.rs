//! Executions: what is asked of a driver, and what comes back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eigen_circuit::program::Program;

use super::{DeviceId, ExecutionKey, Ticket};

/// Free-form text pairs, in a stable order.
pub type Properties = BTreeMap<String, String>;

/// A circuit in the form that the target device takes.
#[derive(Debug, Clone)]
pub enum Circuit {
    /// Checked steps, shared between attempts.
    Gates(Arc<Program>),
    /// OpenQASM 3 text.
    Qasm3(Arc<str>),
    /// Canonical AQO 1.0.0 JSON.
    AqoJson(Arc<[u8]>),
    /// Bytes in the provider's own format, unread.
    Native(Arc<[u8]>),
}

/// One attempt of one execution.
#[derive(Debug, Clone)]
pub struct ExecutionRequest {
    /// The caller's job; may be empty.
    pub job_id: String,
    /// The device to run on.
    pub device_id: DeviceId,
    /// What to run.
    pub circuit: Circuit,
    /// How often, at least 1.
    pub shots: u64,
    /// The seed of all randomness, if the caller fixed it.
    pub seed: Option<u64>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The same over all attempts.
    pub execution_key: ExecutionKey,
    /// The caller's options, as they came.
    pub options: Arc<Properties>,
}

/// What an execution gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionResult {
    /// Bitstrings, highest classical bit leftmost, and how often each came.
    pub counts: Vec<(String, u64)>,
    /// Expectation values by observable.
    pub expectations: Vec<(String, f64)>,
    /// Time the device worked.
    pub duration: Duration,
    /// Anything else.
    pub metadata: Properties,
}

/// A job that goes on at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Names it.
    pub ticket: Ticket,
    /// When to ask again, if the driver has an opinion.
    pub poll_after: Option<Duration>,
    /// Jobs in front of it, if known.
    pub queue_position: Option<u32>,
}

/// Finished, or not yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Finished.
    Done(ExecutionResult),
    /// Goes on at the provider.
    Pending(Pending),
}

/// What became of an execution whose submission went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciliation {
    /// The provider has it.
    Found(Pending),
    /// The provider never got it.
    NotFound,
    /// The driver cannot tell.
    Unknown,
}
