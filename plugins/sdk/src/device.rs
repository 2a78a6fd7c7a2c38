//! Describing devices.

use crate::{
    CircuitClass, CircuitForm, Device, DeviceFeatures, DeviceState, DeviceStatus, GateName, Qubit, QubitLimit,
};

impl Device {
    /// A device that is online, has no queue, and takes circuits as gates. Give it at least
    /// [`qubits`](Device::qubits) and [`gates`](Device::gates).
    pub fn new(id: impl Into<String>, backend_type: impl Into<String>, provider: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            backend_type: backend_type.into(),
            provider: provider.into(),
            status: DeviceStatus::Online,
            queue_depth: 0,
            estimated_wait_s: None,
            limits: Vec::new(),
            gates: Vec::new(),
            forms: vec![CircuitForm::Gates],
            coupling: None,
            calibration_id: None,
            as_of_ms: 0,
            max_shots: None,
            features: DeviceFeatures::empty(),
            capabilities: Vec::new(),
        }
    }

    /// A simulator on this machine: running a circuit twice does no harm, so it is `idempotent`.
    pub fn simulator(id: impl Into<String>) -> Self {
        Self::new(id, "simulator", "local").features(DeviceFeatures::IDEMPOTENT)
    }

    /// The name for people; the id unless set.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Whether it takes work.
    #[must_use]
    pub fn status(mut self, status: DeviceStatus) -> Self {
        self.status = status;
        self
    }

    /// The most qubits of any circuit.
    #[must_use]
    pub fn qubits(self, qubits: u32) -> Self {
        self.limit(CircuitClass::Any, qubits)
    }

    /// The most qubits of one class of circuits.
    #[must_use]
    pub fn limit(mut self, class: CircuitClass, qubits: u32) -> Self {
        self.limits.retain(|limit| limit.class != class);
        self.limits.push(QubitLimit { class, qubits });
        self
    }

    /// The operations it runs, `measure` among them.
    #[must_use]
    pub fn gates(mut self, gates: impl IntoIterator<Item = GateName>) -> Self {
        self.gates = gates.into_iter().collect();
        self
    }

    /// The forms of circuits it takes, best first.
    #[must_use]
    pub fn forms(mut self, forms: impl IntoIterator<Item = CircuitForm>) -> Self {
        self.forms = forms.into_iter().collect();
        self
    }

    /// The directed pairs of qubits that two-qubit gates may use; all pairs unless set.
    #[must_use]
    pub fn coupling(mut self, pairs: impl IntoIterator<Item = (Qubit, Qubit)>) -> Self {
        self.coupling = Some(pairs.into_iter().collect());
        self
    }

    /// Reference of the calibration in force.
    #[must_use]
    pub fn calibration(mut self, id: impl Into<String>) -> Self {
        self.calibration_id = Some(id.into());
        self
    }

    /// The most shots of one execution.
    #[must_use]
    pub fn max_shots(mut self, shots: u64) -> Self {
        self.max_shots = Some(shots);
        self
    }

    /// Promises these features besides those already promised.
    #[must_use]
    pub fn features(mut self, features: DeviceFeatures) -> Self {
        self.features |= features;
        self
    }

    /// Anything else worth showing.
    #[must_use]
    pub fn capability(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.capabilities.push((key.into(), value.into()));
        self
    }

    /// The changing part of the description.
    pub fn state(&self) -> DeviceState {
        DeviceState {
            status: self.status,
            queue_depth: self.queue_depth,
            estimated_wait_s: self.estimated_wait_s,
            as_of_ms: self.as_of_ms,
            metadata: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_set_twice_stands_once_with_the_last_value() {
        let device = Device::simulator("d").qubits(3).limit(CircuitClass::Clifford, 100).qubits(5);
        let any: Vec<_> = device.limits.iter().filter(|limit| limit.class == CircuitClass::Any).collect();
        assert_eq!(any.len(), 1);
        assert_eq!(any[0].qubits, 5);
        assert_eq!(device.limits.len(), 2);
    }

    #[test]
    fn features_add_up() {
        let device = Device::simulator("d").features(DeviceFeatures::MID_CIRCUIT);
        assert_eq!(device.features, DeviceFeatures::IDEMPOTENT | DeviceFeatures::MID_CIRCUIT);
    }
}
