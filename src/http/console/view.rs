//! What `/console/state` says: the shape that the page and `driver-manager top` read.
//!
//! Times are RFC 3339 in UTC, durations have their unit in the name, states are the words of the contract.

use serde::{Deserialize, Serialize};

/// A host at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Of the driver manager.
    pub version: String,
    /// When this was so.
    pub time: String,
    /// Since the host started.
    pub uptime_s: f64,
    /// Whether it takes requests, as `/readyz` says.
    pub ready: bool,
    /// Why not; empty if it does.
    pub reason: String,
    /// Fallbacks an operator should know about.
    pub notes: Vec<String>,
    /// Executions and calibrations under way.
    pub in_flight: usize,
    /// How many seconds of requests are remembered.
    pub history_s: u64,
    /// The current second, counted from the host's start. It is not over, so it is in no sample.
    pub second: u64,
    /// Seconds with a request, oldest first.
    pub traffic: Vec<Second>,
    /// By name.
    pub drivers: Rows<Driver>,
    /// By id.
    pub devices: Rows<Device>,
    /// Those that are not closed first.
    pub breakers: Rows<Breaker>,
    /// By driver.
    pub pools: Rows<Pool>,
    /// The newest first.
    pub events: Vec<Event>,
}

/// The rows of a table, as many as `http.console.rows` allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The first of them.
    pub rows: Vec<T>,
    /// How many are not shown.
    pub left_out: usize,
}

/// The requests of a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Which, counted from the host's start.
    pub second: u64,
    /// Requests answered with `OK`.
    pub answered: u32,
    /// Requests refused for what their callers did.
    pub refused: u32,
    /// Requests that count against availability.
    pub failed: u32,
    /// Latency that half of them kept within.
    pub p50_ms: f64,
    /// Latency that 95 % kept within.
    pub p95_ms: f64,
    /// Latency that 99 % kept within.
    pub p99_ms: f64,
}

/// A driver, in service or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Its name.
    pub name: String,
    /// Of the generation in service, or of the last attempt.
    pub state: String,
    /// What was refused, and why; empty if nothing was.
    pub reason: String,
    /// The reason's code; empty if there is none.
    pub reason_code: String,
    /// Devices in service.
    pub devices: usize,
    /// In service, on trial, draining and kept for a rollback; newest first.
    pub generations: Vec<Generation>,
}

/// A generation of a driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number.
    pub generation: u64,
    /// Where it is in its life.
    pub state: String,
    /// The plugin's version, or the driver's own word.
    pub version: String,
    /// `wasm` or `python`.
    pub runtime: String,
    /// Why it is trusted.
    pub trust: String,
    /// When it came into this state.
    pub since: String,
    /// Requests that it is answering.
    pub in_flight: usize,
    /// Its share of the requests while on trial, else 0.
    pub canary_share: f64,
    /// Whether a rollback would bring it back.
    pub rollback_target: bool,
}

/// A device in service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub driver: String,
    /// For people.
    pub name: String,
    /// Who runs it.
    pub provider: String,
    /// `ONLINE`, `OFFLINE`, `CALIBRATING`, `MAINTENANCE` or `ERROR`.
    pub status: String,
    /// Jobs in front of a new one.
    pub queue: u32,
    /// Until a new job would start, if the device knows.
    pub wait_s: Option<f64>,
}

/// A breaker that a call ever met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breaker {
    /// Before which driver, or before one of its devices.
    pub driver: String,
    /// Before which device; empty if it is the driver's own.
    pub device: String,
    /// `closed`, `half_open` or `open`.
    pub state: String,
    /// Whether an operator holds it there.
    pub held: bool,
    /// Calls in the window, that said something.
    pub calls: u64,
    /// Of them.
    pub failures: u64,
    /// How often it opened, since the host started.
    pub opened: u64,
    /// Until it lets a call try; 0 unless it is open by itself.
    pub remaining_s: f64,
}

/// The connections of a driver's generation in service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Whose.
    pub driver: String,
    /// Serving a call.
    pub active: usize,
    /// Waiting for one.
    pub idle: usize,
    /// The most there may be.
    pub size: usize,
}

/// Something that happened to a driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Grows by one an event.
    pub sequence: u64,
    /// When.
    pub time: String,
    /// What, as a word.
    pub kind: String,
    /// To whom; empty if to none.
    pub driver: String,
    /// To which generation; 0 if to none.
    pub generation: u64,
    /// What, as a sentence.
    pub message: String,
}
