//! A driver to copy: a device of plain bits, exact for circuits of X and CX.

use eigen_qdriver::{
    Device, Driver, DriverInfo, Error, ExecutionResult, GateName, HostInfo, Operation, Outcome, Properties,
    Request, Result, log,
};

/// What makes the next call cheaper, and nothing that matters: an instance may vanish at any time.
#[derive(Default)]
struct Abacus {
    qubits: Option<u32>,
}

impl Driver for Abacus {
    // Who are you? Always asked first.
    fn handshake(&mut self, _host: HostInfo) -> Result<DriverInfo> {
        Ok(DriverInfo::new("abacus", env!("CARGO_PKG_VERSION")).vendor("Example Labs"))
    }

    // The operator's settings, once. Leave this method out if there are none.
    fn initialize(&mut self, settings: Properties) -> Result<()> {
        for (key, value) in settings {
            match (key.as_str(), value.parse()) {
                ("qubits", Ok(qubits)) => self.qubits = Some(qubits),
                _ => return Err(Error::invalid_argument(format!("`{key}: {value}`: give `qubits: NUMBER`"))),
            }
        }
        Ok(())
    }

    // The host refuses circuits that are too large, or use a gate that is not listed here.
    fn get_devices(&mut self) -> Result<Vec<Device>> {
        let gates = [GateName::X, GateName::Cx, GateName::Barrier, GateName::Measure];
        Ok(vec![Device::simulator("abacus:bits").qubits(self.qubits.unwrap_or(64)).gates(gates)])
    }

    // Indices are in range: the host has checked them.
    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let gates = request.gates()?;
        let (mut qubits, mut bits) = (vec![false; gates.qubits as usize], vec![false; gates.clbits as usize]);
        for step in &gates.steps {
            match &step.operation {
                Operation::X(qubit) => qubits[*qubit as usize] ^= true,
                Operation::Cx(pair) => qubits[pair.b as usize] ^= qubits[pair.a as usize],
                Operation::Barrier => {}
                Operation::Measure(m) => bits[m.clbit as usize] = qubits[m.qubit as usize],
                other => return Err(Error::unimplemented(format!("abacus:bits does not run {other:?}"))),
            }
        }
        log::debug("computed", &[("steps", &gates.steps.len())]);
        let answer = bits[..gates.output_bits as usize].iter().rev().map(|bit| if *bit { '1' } else { '0' });
        Ok(ExecutionResult::from_counts([(answer.collect::<String>(), request.shots)]).into())
    }
}

eigen_qdriver::export!(Abacus);

#[cfg(test)]
mod tests;
