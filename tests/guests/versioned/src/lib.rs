//! Says in every answer which build it is: a marker in the component's data that tests overwrite, so that
//! one compilation gives many builds with digests and answers of their own.
//!
//! Its devices are named after the driver that the host runs it as, `NAME:a` and `NAME:b`. Words in the
//! marker, or in the setting `fault`, make it misbehave: `trap` and `sick` before it serves, `wrong` in its
//! self-test, `lose` a device, `gain` one, `clash` with `sim:local`, `fail` each execution. The option `ms`
//! makes an execution take so long.

use std::time::Duration;

use eigen_qdriver::{
    Device, Driver, DriverInfo, Error, ExecutionResult, GateName, Health, HostInfo, Operation, Outcome,
    Properties, Request, Result, property, time,
};

/// Overwritten by tests; as long as theirs.
#[used]
static MARKER: [u8; 32] = *b"build-marker:................###";

#[derive(Default)]
struct Versioned {
    driver: String,
    fault: String,
}

impl Versioned {
    fn is(&self, fault: &str) -> bool {
        self.fault.contains(fault)
    }
}

/// The marker as it is in the component that runs, not as it was compiled.
fn marker() -> String {
    let bytes = std::hint::black_box(&MARKER);
    String::from_utf8_lossy(std::hint::black_box(&bytes[..])).into_owned()
}

impl Driver for Versioned {
    fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo> {
        self.driver = host.driver_name;
        Ok(DriverInfo::new("versioned", env!("CARGO_PKG_VERSION")).vendor("tests"))
    }

    fn initialize(&mut self, settings: Properties) -> Result<()> {
        self.fault = format!("{} {}", marker(), property(&settings, "fault").unwrap_or_default());
        assert!(!self.is("trap"), "this build traps in initialize");
        Ok(())
    }

    fn health(&mut self) -> Result<Health> {
        let reason = if self.is("sick") { "this build is sick" } else { "" };
        Ok(Health { ready: reason.is_empty(), reason: reason.to_owned(), details: Vec::new() })
    }

    fn get_devices(&mut self) -> Result<Vec<Device>> {
        let gates = [GateName::X, GateName::H, GateName::Cx, GateName::Barrier, GateName::Measure];
        let mut ids = vec![format!("{}:a", self.driver)];
        if !self.is("lose") {
            ids.push(format!("{}:b", self.driver));
        }
        if self.is("gain") {
            ids.push(format!("{}:c", self.driver));
        }
        if self.is("clash") {
            ids.push("sim:local".to_owned());
        }
        Ok(ids.into_iter().map(|id| Device::new(id, "versioned", "tests").qubits(8).gates(gates)).collect())
    }

    // Bits that are only ever flipped are answered rightly, which is all that the self-test asks for.
    fn execute(&mut self, request: Request) -> Result<Outcome> {
        if let Some(ms) = request.option("ms").and_then(|ms| ms.parse().ok()) {
            time::sleep(Duration::from_millis(ms));
        }
        if self.is("fail") {
            return Err(Error::unavailable("this build fails"));
        }
        let gates = request.gates()?;
        let (mut qubits, mut bits) = (vec![false; gates.qubits as usize], vec![false; gates.clbits as usize]);
        for step in &gates.steps {
            match &step.operation {
                Operation::X(qubit) => qubits[*qubit as usize] ^= true,
                Operation::Measure(m) => bits[m.clbit as usize] = qubits[m.qubit as usize],
                _ => {}
            }
        }
        let bits = &bits[..gates.output_bits as usize];
        let digit = |bit: &bool| if *bit == self.is("wrong") { '0' } else { '1' };
        let answer: String = bits.iter().rev().map(digit).collect();
        Ok(ExecutionResult::from_counts([(answer, request.shots)]).metadata("build", marker()).into())
    }
}

eigen_qdriver::export!(Versioned);
