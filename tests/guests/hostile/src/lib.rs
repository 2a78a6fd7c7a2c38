//! Many ways to misbehave, one a component: a word in the component's data, which tests overwrite, says which.
//!
//! Its device is `NAME:a`, after the driver that the host runs it as. `before` does what is hostile before the
//! driver serves, `during` while it executes, `answers` in what it answers; a component without a word is honest.

mod answers;
mod before;
mod during;

use eigen_qdriver::{
    Device, Driver, DriverInfo, ExecutionResult, GateName, Health, HostInfo, Outcome, Properties, Request,
    Result,
};

/// Overwritten by tests; as long as theirs.
#[used]
static MARKER: [u8; 37] = *b"hostile-word:....................####";
const HEAD: usize = "hostile-word:".len();
const ROOM: usize = 20;

/// The word of the component that runs, not of the one that was compiled.
fn word() -> String {
    let bytes = std::hint::black_box(&MARKER);
    let word = std::hint::black_box(&bytes[HEAD..HEAD + ROOM]);
    String::from_utf8_lossy(word).trim_end_matches('.').to_owned()
}

#[derive(Default)]
struct Hostile {
    driver: String,
    calls: u64,
    hoard: during::Hoard,
}

impl Driver for Hostile {
    fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo> {
        self.driver = host.driver_name;
        Ok(before::handshake(&word(), DriverInfo::new("hostile", env!("CARGO_PKG_VERSION"))))
    }

    fn initialize(&mut self, _settings: Properties) -> Result<()> {
        before::initialize(&word());
        Ok(())
    }

    fn health(&mut self) -> Result<Health> {
        before::health(&word());
        Ok(Health::ready())
    }

    fn get_devices(&mut self) -> Result<Vec<Device>> {
        self.calls += 1;
        let gates = [GateName::X, GateName::H, GateName::Cx, GateName::Barrier, GateName::Measure];
        let honest = Device::new(format!("{}:a", self.driver), "hostile", "tests").qubits(8).gates(gates);
        Ok(before::devices(&word(), honest, self.calls))
    }

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let word = word();
        during::misbehave(&word, &mut self.hoard);
        let width = request.gates()?.output_bits as usize;
        answers::to(&word, well(width, request.shots), &request)
    }

    fn poll(&mut self, ticket: &str) -> Result<Outcome> {
        Ok(answers::poll(&word(), ticket))
    }

    fn cancel(&mut self, _ticket: &str) -> Result<()> {
        during::cancel(&word());
        Ok(())
    }
}

/// The good answer: every shot gave zeros.
fn well(width: usize, shots: u64) -> ExecutionResult {
    ExecutionResult::from_counts([("0".repeat(width), shots)])
}

eigen_qdriver::export!(Hostile);
