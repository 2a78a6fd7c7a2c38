//! Does what its requests say, attempt by attempt: a provider whose faults a test can script.
//!
//! The option `script` is a list of words, one for each attempt; the last one holds for all that follow:
//! `ok`, `down` (unavailable, nothing submitted), `quota` (with 200 ms to come back), `lost` (submitted, and
//! the answer lost), `accepted` (submitted, and the driver knows the ticket), `later` (submitted, pending),
//! `trap`, `hang`, `bad` (the caller's fault), `broken` (counts that do not add up). The option `ms` makes an
//! attempt take so long, `job_ms` a pending job. Every submission is a line `submitted` in the log, with its
//! job and its attempt, so that a test can count what was paid for.
//!
//! Its devices are named after the driver that the host runs it as: `NAME:again` (idempotent and
//! deterministic), `NAME:paid` (neither), `NAME:queue` (50 jobs in front), `NAME:small` (one qubit).
//! The setting `mute_from` is the time, in Unix milliseconds, from which it cannot say how its devices are; the
//! setting `knows` is what it answers when it is asked for a lost job: `submitted` or `not_submitted`.

use std::time::Duration;

use eigen_qdriver::{
    Device, DeviceFeatures, Driver, DriverInfo, Error, ExecutionResult, GateName, HostInfo, Outcome, Pending,
    Properties, Reconciliation, Request, Result, log, property, time,
};

#[derive(Default)]
struct Scripted {
    driver: String,
    mute_from: Option<u64>,
    knows: String,
}

impl Scripted {
    fn speaks(&self) -> Result<()> {
        match self.mute_from {
            Some(from) if time::unix_ms() >= from => Err(Error::unavailable("the provider does not answer")),
            _ => Ok(()),
        }
    }

    fn devices(&self) -> Vec<Device> {
        let gates = [GateName::X, GateName::H, GateName::Cx, GateName::Barrier, GateName::Measure];
        let device = |name: &str, qubits| {
            Device::new(format!("{}:{name}", self.driver), "scripted", "tests").qubits(qubits).gates(gates)
        };
        let harmless = DeviceFeatures::IDEMPOTENT | DeviceFeatures::DETERMINISTIC;
        let mut queue = device("queue", 8).features(harmless);
        queue.queue_depth = 50;
        vec![
            device("again", 8).features(harmless),
            device("paid", 8),
            queue,
            device("small", 1).features(harmless),
        ]
    }
}

impl Driver for Scripted {
    fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo> {
        self.driver = host.driver_name;
        Ok(DriverInfo::new("scripted", env!("CARGO_PKG_VERSION")).vendor("tests"))
    }

    fn initialize(&mut self, settings: Properties) -> Result<()> {
        self.mute_from = property(&settings, "mute_from").and_then(|text| text.parse().ok());
        property(&settings, "knows").unwrap_or_default().clone_into(&mut self.knows);
        Ok(())
    }

    fn get_devices(&mut self) -> Result<Vec<Device>> {
        self.speaks()?;
        Ok(self.devices())
    }

    #[expect(clippy::panic, reason = "a script may say so")]
    fn execute(&mut self, request: Request) -> Result<Outcome> {
        if let Some(ms) = request.option("ms").and_then(|ms| ms.parse().ok()) {
            time::sleep(Duration::from_millis(ms));
        }
        let width = request.gates()?.output_bits as usize;
        match word(&request) {
            "down" => Err(Error::unavailable("the provider is down")),
            "quota" => Err(Error::quota("too many jobs").retry_after(Duration::from_millis(200))),
            "bad" => Err(Error::invalid_argument("the provider does not like it")),
            "trap" => panic!("the script says so"),
            "hang" => {
                time::sleep(Duration::from_hours(1));
                Err(Error::timeout("an hour has passed"))
            }
            "lost" => {
                submitted(&request);
                Err(Error::unavailable("the connection broke").submission_unknown())
            }
            "accepted" => {
                submitted(&request);
                let ticket = ticket(0, width, request.shots);
                Err(Error::unavailable("the connection broke").submitted(ticket))
            }
            "later" => {
                submitted(&request);
                let job_ms = request.option("job_ms").and_then(|ms| ms.parse().ok()).unwrap_or(50);
                let ticket = ticket(time::unix_ms() + job_ms, width, request.shots);
                Ok(Pending::new(ticket).poll_after(Duration::from_millis(50)).into())
            }
            "broken" => Ok(answer(width, request.shots + 1).into()),
            _ => {
                submitted(&request);
                let attempt = request.attempt.to_string();
                Ok(answer(width, request.shots).metadata("attempt", attempt).into())
            }
        }
    }

    fn poll(&mut self, ticket: &str) -> Result<Outcome> {
        let [until, width, shots] = read(ticket)?;
        if time::unix_ms() < until {
            return Ok(Pending::new(ticket).poll_after(Duration::from_millis(50)).into());
        }
        Ok(answer(width as usize, shots).into())
    }

    fn cancel(&mut self, ticket: &str) -> Result<()> {
        log::info("cancelled", &[("ticket", &ticket)]);
        read(ticket).map(drop)
    }

    fn reconcile(&mut self, _execution_key: &str) -> Result<Reconciliation> {
        Ok(match self.knows.as_str() {
            "submitted" => Reconciliation::Found(Pending::new(ticket(0, 2, 10))),
            "not_submitted" => Reconciliation::NotFound,
            _ => Reconciliation::Unknown,
        })
    }

    fn calibrate_device(&mut self, device_id: &str, _options: Properties) -> Result<String> {
        Ok(format!("calibration of {device_id}"))
    }
}

/// What this attempt is to do.
fn word(request: &Request) -> &str {
    let script = request.option("script").unwrap_or("ok");
    let attempt = request.attempt.max(1) as usize;
    script.split(',').take(attempt).last().unwrap_or("ok")
}

fn submitted(request: &Request) {
    log::info("submitted", &[("job", &request.job_id), ("attempt", &request.attempt)]);
}

fn answer(width: usize, shots: u64) -> ExecutionResult {
    ExecutionResult::from_counts([("0".repeat(width), shots)])
}

/// No instance remembers anything: the ticket says it all.
fn ticket(until: u64, width: usize, shots: u64) -> String {
    format!("{until}/{width}/{shots}")
}

fn read(ticket: &str) -> Result<[u64; 3]> {
    let numbers: Option<Vec<u64>> = ticket.split('/').map(|part| part.parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| Error::not_found(format!("no job with the ticket `{ticket}`")))
}

eigen_qdriver::export!(Scripted);
