//! What the host talks to: devices, requests and results of the simulator.
//!
//! Nothing is kept between calls but the settings: each execution has a state, a plan and random
//! numbers of its own, so that an instance that vanishes takes nothing with it.

use std::time::Duration;

use eigen_qdriver::{
    Circuit, CircuitClass, Device, DeviceFeatures, Driver, DriverInfo, Error, ExecutionResult, GateName,
    Gates, Health, HostInfo, Outcome, Properties, Request, Result, random, time,
};

use crate::engine::memory::Memory;
use crate::engine::random::Random;
use crate::engine::real::Real as _;
use crate::engine::run::{Answer, RunError, run, run_in};
use crate::engine::stabilizer;
use crate::lower::clifford::{DENSE_UP_TO, clifford};
use crate::lower::{self, circuit_bytes, lower};
use crate::refusal;
use crate::settings::{Precision, Settings};

/// How circuits are run, as results say it.
const STATE_VECTOR: &str = "statevector";
const STABILIZER: &str = "stabilizer";

/// How bitstrings are written, as results and devices say it.
const BITSTRING_ORDER: &str = "msb_first_by_classical_index";

/// The provider profile that this driver serves.
const PROFILE: &str = "simulator";

/// The device whose name promises the same counts for requests without a seed.
const DETERMINISTIC: &str = "runtime:deterministic";

/// The most shots of one execution: up to here, counts are exact as floating point numbers.
const MAX_SHOTS: u64 = 1 << 53;

/// The simulator as a driver.
#[derive(Debug)]
pub struct Simulator {
    name: String,
    memory: Memory,
    settings: Settings,
}

impl Default for Simulator {
    fn default() -> Self {
        // Without a handshake there is no memory: nothing runs.
        Self { name: "simulator".into(), memory: Memory::new(0), settings: Settings::default() }
    }
}

impl Driver for Simulator {
    fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo> {
        self.memory = Memory::new(host.memory_bytes);
        self.name = host.driver_name;
        Ok(DriverInfo::new("simulator", env!("CARGO_PKG_VERSION"))
            .vendor("Eigen OS")
            .feature("method", "statevector")
            .feature("bitstring_order", BITSTRING_ORDER))
    }

    fn initialize(&mut self, settings: Properties) -> Result<()> {
        self.settings = Settings::parse(&settings)?;
        Ok(())
    }

    fn get_devices(&mut self) -> Result<Vec<Device>> {
        Ok(self.settings.devices.iter().map(|id| self.device(id)).collect())
    }

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let start = time::monotonic_ns();
        self.known(&request.device_id)?;
        check_profile(request.option("provider_profile"))?;
        if self.settings.fault_injection {
            inject(request.option("simulate_error"))?;
        }
        let shots = request.shots;
        if !(1..=MAX_SHOTS).contains(&shots) {
            return Err(Error::invalid_argument(format!("shots: {shots} is not from 1 to {MAX_SHOTS}")));
        }
        let seed =
            request.seed.or_else(|| self.default_seed(&request.device_id)).unwrap_or_else(random::seed);
        let Circuit::Gates(gates) = request.circuit else {
            return Err(Error::unimplemented("the simulator takes circuits as gates only"));
        };
        let precision = match request.options.iter().find(|(key, _)| key == "precision") {
            Some((_, value)) => Precision::parse(value)
                .map_err(|problem| Error::invalid_argument(format!("precision: {problem}")))?,
            None => self.settings.precision,
        };
        let qubits = gates.qubits;
        let names: Vec<String> = gates.observables.iter().map(|observable| observable.name.clone()).collect();
        let ran = self.run(gates, shots, Random::from_seed(seed), precision)?;
        let answer = ran.answer;
        let mut result = ExecutionResult::from_counts(answer.counts)
            .metadata("driver", &self.name)
            .metadata("method", ran.method)
            .metadata("precision", ran.precision)
            .metadata("qubits", qubits.to_string())
            .metadata("shots", shots.to_string())
            .metadata("seed", seed.to_string())
            .metadata("bitstring_order", BITSTRING_ORDER)
            .metadata("provider_profile", PROFILE);
        result.expectations = names.into_iter().zip(answer.expectations).collect();
        Ok(result.duration(Duration::from_nanos(time::monotonic_ns().saturating_sub(start))).into())
    }

    fn calibrate_device(&mut self, device_id: &str, _options: Properties) -> Result<String> {
        self.known(device_id)?;
        Ok(calibration(device_id))
    }

    fn health(&mut self) -> Result<Health> {
        Ok(if self.memory.max_qubits() > 0 {
            Health::ready()
        } else {
            Health::not_ready(refusal::no_memory(self.memory, &self.name))
        })
    }
}

/// An answer, and how it was found.
struct Ran {
    answer: Answer,
    method: &'static str,
    precision: &'static str,
}

impl Simulator {
    /// Runs a circuit by the method that belongs to it.
    fn run(&self, gates: Gates, shots: u64, mut random: Random, precision: Precision) -> Result<Ran> {
        let bytes = circuit_bytes(&gates);
        if gates.qubits > DENSE_UP_TO && gates.qubits <= stabilizer::MAX_QUBITS {
            lower::check(&gates)?;
            if let Some(circuit) = clifford(&gates) {
                let answer = stabilizer::run(&circuit, shots, &mut random, self.memory, bytes)
                    .map_err(|error| self.refused(error, bytes, self.memory))?;
                return Ok(Ran { answer, method: STABILIZER, precision: "exact" });
            }
        }
        let memory = match precision {
            Precision::Double => self.memory,
            Precision::Single => self.memory.in_single_precision(),
        };
        if precision == Precision::Single && shots > f32::MAX_SHOTS {
            return Err(Error::invalid_argument(format!(
                "shots: single precision counts up to {}; {shots} need `precision` `double`",
                f32::MAX_SHOTS
            )));
        }
        let refused = |error| self.refused(error, bytes, memory);
        // Before lowering: a qubit's mask exists only if the state fits.
        memory.check(gates.qubits, bytes).map_err(|error| refused(error.into()))?;
        let circuit = lower(gates)?;
        let answer = match precision {
            Precision::Double => run(&circuit, shots, random, memory, bytes),
            Precision::Single => run_in::<f32>(&circuit, shots, random, memory, bytes),
        };
        Ok(Ran { answer: answer.map_err(refused)?, method: STATE_VECTOR, precision: precision.amplitude() })
    }

    fn device(&self, id: &str) -> Device {
        let device = Device::simulator(id)
            .name("State-vector simulator")
            .qubits(self.largest())
            .limit(CircuitClass::Clifford, stabilizer::max_qubits(self.memory).max(self.largest()))
            .max_shots(MAX_SHOTS)
            .gates(ALL_GATES)
            .features(
                DeviceFeatures::DETERMINISTIC
                    | DeviceFeatures::MID_CIRCUIT
                    | DeviceFeatures::CONDITIONAL
                    | DeviceFeatures::OBSERVABLES
                    | DeviceFeatures::MEASURE_BASIS,
            )
            .calibration(calibration(id))
            .capability("method", "statevector, stabilizer for Clifford circuits")
            .capability("precision", self.settings.precision.amplitude())
            .capability("bitstring_order", BITSTRING_ORDER)
            .capability("memory_bytes", self.memory.bytes().to_string());
        match self.default_seed(id) {
            Some(seed) => device.capability("default_seed", seed.to_string()),
            None => device.capability("default_seed", "random"),
        }
    }

    /// The most qubits of any circuit, in the precision of the settings.
    fn largest(&self) -> u32 {
        match self.settings.precision {
            Precision::Double => self.memory.max_qubits(),
            Precision::Single => self.memory.in_single_precision().max_qubits(),
        }
    }

    /// The seed of requests to this device that bring none.
    fn default_seed(&self, device_id: &str) -> Option<u64> {
        self.settings.default_seed.or((device_id == DETERMINISTIC).then_some(0))
    }

    fn known(&self, device_id: &str) -> Result<()> {
        if self.settings.devices.iter().any(|id| id == device_id) {
            return Ok(());
        }
        let known = self.settings.devices.join("`, `");
        Err(Error::not_found(format!("no device `{device_id}`; there are `{known}`")))
    }

    fn refused(&self, error: RunError, circuit_bytes: u64, memory: Memory) -> Error {
        Error::capacity(refusal::message(error, memory, circuit_bytes, &self.name))
    }
}

/// The reference of a calibration: an exact simulator needs none, so that it is always the same.
fn calibration(device_id: &str) -> String {
    format!("calib://simulator/{device_id}")
}

fn check_profile(profile: Option<&str>) -> Result<()> {
    match profile.map(str::trim) {
        None | Some("") => Ok(()),
        Some(profile) if profile.eq_ignore_ascii_case(PROFILE) => Ok(()),
        Some(other) => Err(Error::unimplemented(format!("Unsupported provider_profile: {other}"))),
    }
}

/// The error that a request asks for, to try out how its caller copes.
fn inject(fault: Option<&str>) -> Result<()> {
    match fault.map(|fault| fault.trim().to_ascii_uppercase()).as_deref() {
        None | Some("") => Ok(()),
        Some("UNAVAILABLE") => Err(Error::unavailable("simulated error: unavailable")),
        Some("RESOURCE_EXHAUSTED") => Err(Error::quota("simulated error: resource exhausted")),
        Some(other) => Err(Error::invalid_argument(format!(
            "simulate_error: `{other}` is neither `UNAVAILABLE` nor `RESOURCE_EXHAUSTED`"
        ))),
    }
}

#[rustfmt::skip]
const ALL_GATES: [GateName; 42] = {
    use GateName as G;
    [
        G::Id, G::X, G::Y, G::Z, G::H, G::S, G::Sdg, G::T, G::Tdg, G::Sx, G::Sxdg,
        G::Rx, G::Ry, G::Rz, G::P, G::U, G::Prx,
        G::Cx, G::Cy, G::Cz, G::Ch, G::Csx, G::Swap, G::Iswap, G::Ecr,
        G::Cp, G::Crx, G::Cry, G::Crz, G::Rxx, G::Ryy, G::Rzz, G::Rzx, G::Cu,
        G::Ccx, G::Ccz, G::Cswap,
        G::Control, G::Measure, G::Reset, G::Barrier, G::Classical,
    ]
};
