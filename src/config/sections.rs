//! The sections of the configuration that concern the host itself: edges, logs, circuits, deadlines,
//! and the WebAssembly engine.
//!
//! Owns names and defaults. The invariant: every field has a default that is safe on a 4 GiB laptop,
//! so an empty file is a valid one. Fields are plain and public: whoever is handed a section reads it,
//! nobody changes it after loading.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::units::{self, ByteSize, MemoryShare, Percent};

/// The Kernel's gRPC edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grpc {
    /// Address and port to listen on. Port 0 takes any free one.
    #[serde(with = "units::text")]
    pub bind: SocketAddr,
    /// Whether `bind` may be reachable from other machines although the connection is plain text.
    pub allow_remote_plaintext: bool,
    /// Largest circuit payload of a request; a larger one gets `RESOURCE_EXHAUSTED` with details.
    pub max_payload: ByteSize,
    /// Largest gRPC message that the transport reads; above `max_payload`, so that the refusal is ours.
    pub max_message: ByteSize,
    /// Largest response; a result above it gets `RESOURCE_EXHAUSTED`.
    pub max_response: ByteSize,
    /// HTTP/2 streams open at once on one connection.
    pub max_concurrent_streams: u32,
    /// Largest list of request headers.
    pub max_header_list: ByteSize,
    /// Calls in progress at once over all connections; one more gets `RESOURCE_EXHAUSTED`.
    pub max_in_flight: usize,
    /// Silence on a connection after which an HTTP/2 ping is sent.
    #[serde(with = "units::text")]
    pub keepalive_interval: Duration,
    /// How long the answer to that ping may take before the connection is closed.
    #[serde(with = "units::text")]
    pub keepalive_timeout: Duration,
    /// How long running calls may go on after a shutdown was asked for, before the hard stop.
    #[serde(with = "units::text")]
    pub drain_timeout: Duration,
}

impl Default for Grpc {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 50061)),
            allow_remote_plaintext: false,
            max_payload: ByteSize::mib(16),
            max_message: ByteSize::mib(32),
            max_response: ByteSize::mib(16),
            max_concurrent_streams: 1024,
            max_header_list: ByteSize::kib(16),
            max_in_flight: 4096,
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// The HTTP edge: metrics and health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on. Port 0 takes any free one.
    #[serde(with = "units::text")]
    pub bind: SocketAddr,
    /// Connections open at once; further ones wait to be accepted.
    pub max_connections: usize,
    /// How long a connection may take to send the head of a request, or stay silent between two.
    #[serde(with = "units::text")]
    pub header_timeout: Duration,
    /// The page for people.
    pub console: Console,
}

/// The page for people at `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Whether it is served.
    pub enabled: bool,
    /// How far back it shows requests.
    #[serde(with = "units::text")]
    pub history: Duration,
    /// Rows of each of its tables; what is left out is counted.
    pub rows: usize,
    /// Events that it shows, the newest.
    pub events: usize,
}

impl Default for Console {
    fn default() -> Self {
        Self { enabled: true, history: Duration::from_mins(5), rows: 500, events: 50 }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 9092)),
            max_connections: 256,
            header_timeout: Duration::from_secs(30),
            console: Console::default(),
        }
    }
}

/// What is logged, and how it looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// A level (`off`, `error`, `warn`, `info`, `debug`, `trace`) or filter directives such as
    /// `info,driver_manager::guest=debug`.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Auto }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text when standard error is a terminal, else JSON.
    Auto,
    /// One JSON object a line.
    Json,
    /// For human eyes.
    Text,
}

/// Bounds on the circuits that are accepted, whatever the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Circuits {
    /// Qubits.
    pub max_qubits: u32,
    /// Classical bits: the highest measured index plus one.
    pub max_classical_bits: u32,
    /// Operations after loops are unrolled and gates are inlined.
    pub max_operations: u64,
    /// Tokens of an `OpenQASM` program.
    pub max_tokens: u64,
    /// Statements and values looked at while an `OpenQASM` program is carried out, beyond 8 for each operation
    /// it comes to; ten million take about a second.
    pub max_work: u64,
    /// Time that reading one circuit may take.
    #[serde(with = "units::text")]
    pub max_read_time: Duration,
    /// `OpenQASM` programs and large circuits read at once; further ones wait. One may take
    /// 56 bytes for each of `max_operations`.
    pub max_reading: usize,
    /// Depth of nested JSON values, and of nested blocks and expressions in `OpenQASM`.
    pub max_nesting: u32,
    /// Shots of one execution.
    pub max_shots: u64,
}

impl Default for Circuits {
    fn default() -> Self {
        Self {
            max_qubits: 10_000,
            max_classical_bits: 4096,
            max_operations: 10_000_000,
            max_tokens: 16_777_216,
            max_work: 10_000_000,
            max_read_time: Duration::from_secs(10),
            max_reading: 4,
            max_nesting: 64,
            max_shots: 10_000_000,
        }
    }
}

/// Deadlines of calls whose caller sets none, and the clamp on those that are set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deadlines {
    /// An execution on a simulator.
    #[serde(with = "units::text")]
    pub simulator: Duration,
    /// An execution on a device with a queue.
    #[serde(with = "units::text")]
    pub queued: Duration,
    /// Listing devices or asking for a device's status.
    #[serde(with = "units::text")]
    pub status: Duration,
    /// A calibration.
    #[serde(with = "units::text")]
    pub calibrate: Duration,
    /// The longest deadline that any caller gets, whatever it wishes.
    #[serde(with = "units::text")]
    pub longest: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            simulator: Duration::from_mins(1),
            queued: Duration::from_hours(24),
            status: Duration::from_secs(10),
            calibrate: Duration::from_mins(1),
            longest: Duration::from_hours(24),
        }
    }
}

/// The WebAssembly engine: one a process, shared by all drivers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wasm {
    /// Folder of compiled components. Without one: `eigen-driver-manager` in the user's cache folder (XDG).
    pub cache_dir: Option<PathBuf>,
    /// Folder of what must outlive the cache, such as the cache's key. Without one:
    /// `eigen-driver-manager` in the user's state folder (XDG).
    pub state_dir: Option<PathBuf>,
    /// Largest size of all compiled components kept; over it, those longest unused go.
    pub max_cache: ByteSize,
    /// Threads that run guests, apart from those that serve requests. Without one: as many as cores.
    pub guest_threads: Option<usize>,
    /// Memory of all guests together: a size, or a share of the machine's memory.
    pub guest_memory_total: MemoryShare,
    /// How long the compilation of one component may take.
    #[serde(with = "units::text")]
    pub compile_timeout: Duration,
    /// Components compiled at once.
    pub compile_threads: usize,
    /// Largest component file.
    pub max_component: ByteSize,
    /// Time after which a guest that mostly calls the host lets others run.
    #[serde(with = "units::text")]
    pub time_slice: Duration,
    /// Fuel units after which a running guest lets others run and deadlines be checked.
    pub fuel_yield_interval: u64,
    /// Slots that the engine reserves for instances at start.
    pub pool: Pool,
    /// Stack of one guest call; above it the guest traps.
    pub stack: ByteSize,
}

impl Default for Wasm {
    fn default() -> Self {
        Self {
            cache_dir: None,
            state_dir: None,
            max_cache: ByteSize::mib(1024),
            guest_threads: None,
            guest_memory_total: MemoryShare::Percent(Percent(50)),
            compile_timeout: Duration::from_mins(1),
            compile_threads: 1,
            max_component: ByteSize::mib(64),
            time_slice: Duration::from_millis(1),
            fuel_yield_interval: 1_000_000,
            pool: Pool::default(),
            stack: ByteSize::kib(512),
        }
    }
}

/// Slots of the engine's pooling allocator, for all drivers together. They cost address space, not memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pool {
    /// Component instances alive at once.
    pub component_instances: u32,
    /// Core instances alive at once: one component may hold dozens.
    pub core_instances: u32,
    /// Linear memories alive at once.
    pub memories: u32,
    /// Tables alive at once.
    pub tables: u32,
    /// Elements of one table.
    pub table_elements: u32,
    /// Core instances in one component.
    pub core_instances_per_component: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            component_instances: 256,
            core_instances: 1024,
            memories: 256,
            tables: 512,
            table_elements: 20_000,
            core_instances_per_component: 50,
        }
    }
}
