//! Devices: what they are, what they can do, how they are.

use std::time::{Duration, SystemTime};

use eigen_circuit::program::GateName;

use super::{DeviceId, Properties};

/// What a device can be asked to do right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStatus {
    /// Accepts work.
    Online,
    /// Does not accept work.
    Offline,
    /// Calibrating; comes back by itself.
    Calibrating,
    /// Taken out of service by its operator.
    Maintenance,
    /// Broken until somebody looks at it.
    Error,
}

impl DeviceStatus {
    /// The name on the wire, without prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Offline => "OFFLINE",
            Self::Calibrating => "CALIBRATING",
            Self::Maintenance => "MAINTENANCE",
            Self::Error => "ERROR",
        }
    }
}

/// A family of circuits with a size limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitClass {
    /// Every circuit.
    Any,
    /// Only Clifford gates and measurement.
    Clifford,
    /// Clifford gates plus a few others.
    NearClifford,
    /// Circuits whose entanglement stays low.
    LowEntanglement,
}

/// The most qubits a device takes for one class of circuits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QubitLimit {
    /// The class.
    pub class: CircuitClass,
    /// The most qubits.
    pub qubits: u32,
}

/// A form in which a driver takes circuits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitForm {
    /// Typed steps.
    Gates,
    /// OpenQASM 3 text.
    Qasm3,
    /// Canonical AQO 1.0.0 JSON.
    AqoJson,
    /// The provider's own format.
    Native,
}

/// What a device promises beyond running gates; see `device-features` in `wit/types.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent promises, one flag each in the WIT")]
pub struct DeviceFeatures {
    /// Executing twice does no harm: the host may retry.
    pub idempotent: bool,
    /// Same request, same seed, same counts: the host may cache.
    pub deterministic: bool,
    /// Measurement and reset before the end.
    pub mid_circuit: bool,
    /// Guards and classical steps.
    pub conditional: bool,
    /// Exact expectation values.
    pub observables: bool,
    /// Measurement in the X and Y bases.
    pub measure_basis: bool,
}

/// A device of a driver.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Unique among all drivers.
    pub id: DeviceId,
    /// For people.
    pub name: String,
    /// Kind of machine, such as `simulator`.
    pub backend_type: String,
    /// Who runs it.
    pub provider: String,
    /// Its changing part.
    pub state: DeviceState,
    /// Size limits by class.
    pub limits: Vec<QubitLimit>,
    /// Operations it runs.
    pub gates: Vec<GateName>,
    /// Forms it takes, best first.
    pub forms: Vec<CircuitForm>,
    /// Directed pairs of qubits for two-qubit gates; `None` means all.
    pub coupling: Option<Vec<(u32, u32)>>,
    /// The calibration in force.
    pub calibration_id: Option<String>,
    /// The most shots of one execution.
    pub max_shots: Option<u64>,
    /// What it promises.
    pub features: DeviceFeatures,
    /// Anything else worth showing.
    pub capabilities: Properties,
}

impl Device {
    /// Simulators answer at once and are bounded by memory; machines have queues.
    pub fn is_simulator(&self) -> bool {
        self.backend_type.eq_ignore_ascii_case("simulator")
    }

    /// The most qubits of any circuit, if the device says so.
    pub fn max_qubits(&self) -> Option<u32> {
        self.limit(CircuitClass::Any)
    }

    /// The most qubits of a class of circuits, if the device says so.
    pub fn limit(&self, class: CircuitClass) -> Option<u32> {
        self.limits.iter().find(|limit| limit.class == class).map(|limit| limit.qubits)
    }
}

/// The changing part of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceState {
    /// Whether it takes work.
    pub status: DeviceStatus,
    /// Jobs in front of a new one.
    pub queue_depth: u32,
    /// Time until a new job would start.
    pub estimated_wait: Option<Duration>,
    /// When this was true.
    pub as_of: SystemTime,
    /// Anything else worth showing.
    pub metadata: Properties,
}

/// Whether a driver can work, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether it can work.
    pub ready: bool,
    /// Why not; empty if ready.
    pub reason: String,
    /// Anything else worth showing.
    pub details: Properties,
}
