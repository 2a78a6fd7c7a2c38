//! Devices, as drivers describe them.

use std::time::{Duration, SystemTime};

use eigen_circuit::program::GateName;

use super::{Broken, name, properties, wit};
use crate::driver::checks;
use crate::model::{
    CircuitClass, CircuitForm, Device, DeviceFeatures, DeviceId, DeviceState, DeviceStatus, Health,
    QubitLimit,
};

/// All devices of a driver.
pub(in crate::wasm) fn devices(devices: Vec<wit::Device>) -> Result<Vec<Device>, Broken> {
    checks::devices(devices.into_iter().map(device).collect::<Result<Vec<_>, _>>()?)
}

fn device(device: wit::Device) -> Result<Device, Broken> {
    let id = name("a device's id", device.id)?;
    Ok(Device {
        id: DeviceId::new(id),
        name: name("a device's name", device.name)?,
        backend_type: name("a device's backend-type", device.backend_type)?,
        provider: name("a device's provider", device.provider)?,
        state: DeviceState {
            status: status(device.status),
            queue_depth: device.queue_depth,
            estimated_wait: device.estimated_wait_s.map(|seconds| Duration::from_secs(seconds.into())),
            as_of: as_of(device.as_of_ms),
            metadata: crate::model::Properties::new(),
        },
        limits: device.limits.into_iter().map(qubit_limit).collect(),
        gates: device.gates.into_iter().map(gate_name).collect(),
        forms: device.forms.into_iter().map(form).collect(),
        coupling: device.coupling,
        calibration_id: device.calibration_id,
        max_shots: device.max_shots,
        features: features(device.features),
        capabilities: properties(device.capabilities),
    })
}

pub(in crate::wasm) fn device_state(state: wit::DeviceState) -> DeviceState {
    DeviceState {
        status: status(state.status),
        queue_depth: state.queue_depth,
        estimated_wait: state.estimated_wait_s.map(|seconds| Duration::from_secs(seconds.into())),
        as_of: as_of(state.as_of_ms),
        metadata: properties(state.metadata),
    }
}

pub(in crate::wasm) fn health(health: wit::Health) -> Health {
    Health { ready: health.ready, reason: health.reason, details: properties(health.details) }
}

/// Zero means now; a time that the clock cannot hold does too.
fn as_of(ms: u64) -> SystemTime {
    let now = SystemTime::now();
    if ms == 0 { now } else { SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms)).unwrap_or(now) }
}

fn status(status: wit::DeviceStatus) -> DeviceStatus {
    match status {
        wit::DeviceStatus::Online => DeviceStatus::Online,
        wit::DeviceStatus::Offline => DeviceStatus::Offline,
        wit::DeviceStatus::Calibrating => DeviceStatus::Calibrating,
        wit::DeviceStatus::Maintenance => DeviceStatus::Maintenance,
        wit::DeviceStatus::Error => DeviceStatus::Error,
    }
}

fn qubit_limit(limit: wit::QubitLimit) -> QubitLimit {
    let class = match limit.class {
        wit::CircuitClass::Any => CircuitClass::Any,
        wit::CircuitClass::Clifford => CircuitClass::Clifford,
        wit::CircuitClass::NearClifford => CircuitClass::NearClifford,
        wit::CircuitClass::LowEntanglement => CircuitClass::LowEntanglement,
    };
    QubitLimit { class, qubits: limit.qubits }
}

fn form(form: wit::CircuitForm) -> CircuitForm {
    match form {
        wit::CircuitForm::Gates => CircuitForm::Gates,
        wit::CircuitForm::Qasm3 => CircuitForm::Qasm3,
        wit::CircuitForm::AqoJson => CircuitForm::AqoJson,
        wit::CircuitForm::Native => CircuitForm::Native,
    }
}

fn features(features: wit::DeviceFeatures) -> DeviceFeatures {
    DeviceFeatures {
        idempotent: features.contains(wit::DeviceFeatures::IDEMPOTENT),
        deterministic: features.contains(wit::DeviceFeatures::DETERMINISTIC),
        mid_circuit: features.contains(wit::DeviceFeatures::MID_CIRCUIT),
        conditional: features.contains(wit::DeviceFeatures::CONDITIONAL),
        observables: features.contains(wit::DeviceFeatures::OBSERVABLES),
        measure_basis: features.contains(wit::DeviceFeatures::MEASURE_BASIS),
    }
}

fn gate_name(gate: wit::GateName) -> GateName {
    match gate {
        wit::GateName::Id => GateName::Id,
        wit::GateName::X => GateName::X,
        wit::GateName::Y => GateName::Y,
        wit::GateName::Z => GateName::Z,
        wit::GateName::H => GateName::H,
        wit::GateName::S => GateName::S,
        wit::GateName::Sdg => GateName::Sdg,
        wit::GateName::T => GateName::T,
        wit::GateName::Tdg => GateName::Tdg,
        wit::GateName::Sx => GateName::Sx,
        wit::GateName::Sxdg => GateName::Sxdg,
        wit::GateName::Rx => GateName::Rx,
        wit::GateName::Ry => GateName::Ry,
        wit::GateName::Rz => GateName::Rz,
        wit::GateName::P => GateName::P,
        wit::GateName::U => GateName::U,
        wit::GateName::Prx => GateName::Prx,
        wit::GateName::Cx => GateName::Cx,
        wit::GateName::Cy => GateName::Cy,
        wit::GateName::Cz => GateName::Cz,
        wit::GateName::Ch => GateName::Ch,
        wit::GateName::Csx => GateName::Csx,
        wit::GateName::Swap => GateName::Swap,
        wit::GateName::Iswap => GateName::Iswap,
        wit::GateName::Ecr => GateName::Ecr,
        wit::GateName::Cp => GateName::Cp,
        wit::GateName::Crx => GateName::Crx,
        wit::GateName::Cry => GateName::Cry,
        wit::GateName::Crz => GateName::Crz,
        wit::GateName::Rxx => GateName::Rxx,
        wit::GateName::Ryy => GateName::Ryy,
        wit::GateName::Rzz => GateName::Rzz,
        wit::GateName::Rzx => GateName::Rzx,
        wit::GateName::Cu => GateName::Cu,
        wit::GateName::Ccx => GateName::Ccx,
        wit::GateName::Ccz => GateName::Ccz,
        wit::GateName::Cswap => GateName::Cswap,
        wit::GateName::Control => GateName::Control,
        wit::GateName::Measure => GateName::Measure,
        wit::GateName::Reset => GateName::Reset,
        wit::GateName::Barrier => GateName::Barrier,
        wit::GateName::Classical => GateName::Classical,
    }
}
