//! What a worker may do: made by the host, carried out by the launcher.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A worker's sandbox. It travels to the launcher as JSON in its arguments, and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::python) struct Policy {
    /// The host's process: a worker whose host has died meanwhile does not start.
    pub(in crate::python) host: u32,
    /// User and group to become, if the host is root.
    pub(in crate::python) user: Option<u32>,
    /// Whether a layer that the kernel lacks is left out; otherwise the worker is refused.
    pub(in crate::python) best_effort: bool,
    /// What it may connect to.
    pub(in crate::python) network: Network,
    /// Programs that may be executed: the interpreter and the loader.
    pub(in crate::python) execute: Vec<PathBuf>,
    /// Files and folders that may be read. Those that do not exist are left out.
    pub(in crate::python) read: Vec<PathBuf>,
    /// Files and folders that may be written.
    pub(in crate::python) write: Vec<PathBuf>,
    /// What the kernel bounds.
    pub(in crate::python) bounds: Bounds,
}

/// What a worker may connect to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::python) enum Network {
    /// Nothing: it gets no socket but those of a pair.
    #[default]
    None,
    /// The host's own proxy on the loopback interface, over TCP, and no other port.
    Proxy {
        /// Where the proxy listens.
        port: u16,
    },
}

/// Bounds that the kernel holds a process to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::python) struct Bounds {
    /// Open files.
    pub(in crate::python) files: u64,
    /// Bytes of a file.
    pub(in crate::python) file: u64,
    /// Processes and threads of the user, all workers together.
    pub(in crate::python) threads: u64,
    /// Bytes of private memory. A backstop: the host looks at what is really used.
    pub(in crate::python) data: u64,
}
