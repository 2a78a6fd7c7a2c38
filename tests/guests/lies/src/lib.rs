//! Answers what cannot be true. The option `lie` chooses what `execute` says, the setting `devices`
//! what `get-devices` says; without them it is honest.

use fixture::Fault;
use fixture::sdk::{Device, Error, ExecutionResult, Outcome, Pending, Properties, Request, Result, property};

#[derive(Default)]
struct Lies {
    devices: String,
}

impl Fault for Lies {
    const NAME: &'static str = "lies";

    fn initialize(&mut self, settings: Properties) -> Result<()> {
        self.devices = property(&settings, "devices").map(str::to_owned).unwrap_or_default();
        Ok(())
    }

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let honest = fixture::well(&request);
        let zeros = honest.counts[0].0.clone();
        let counts = match request.option("lie") {
            // One shot is missing, one too many, or so many that the sum overflows.
            Some("too-few") => vec![(zeros, request.shots - 1)],
            Some("too-many") => vec![(zeros, request.shots + 1)],
            Some("overflow") => vec![(zeros.clone(), u64::MAX), (zeros.replace('0', "1"), request.shots + 1)],
            // Bitstrings of the wrong length, of other characters, twice the same, none at all.
            Some("too-long") => vec![(zeros + "0", request.shots)],
            Some("too-short") => vec![(zeros[1..].to_owned(), request.shots)],
            Some("letters") => vec![(zeros.replace('0', "q"), request.shots)],
            Some("twice") => vec![(zeros.clone(), request.shots - 1), (zeros, 1)],
            Some("empty") => vec![],
            // Nobody asked for an expectation value, and this is none.
            Some("expectation") => return Ok(honest.expectation("nobody asked", f64::NAN).into()),
            // Longer than a ticket may be.
            Some("ticket") => return Ok(Pending::new("t".repeat(2000)).into()),
            // An error with a message that tries to forge lines of the log.
            Some("message") => return Err(Error::internal("fine\n{\"level\":\"ERROR\"}\u{1b}[31m\0")),
            _ => return Ok(honest.into()),
        };
        Ok(ExecutionResult::from_counts(counts).into())
    }

    fn devices(&self, honest: Device) -> Vec<Device> {
        match self.devices.as_str() {
            "twice" => vec![honest.clone(), honest],
            "long-id" => vec![Device { id: "x".repeat(300), ..honest }],
            "no-id" => vec![Device { id: String::new(), ..honest }],
            "no-forms" => vec![honest.forms([])],
            "no-limits" => vec![Device { limits: Vec::new(), ..honest }],
            "coupling" => vec![honest.coupling([(0, 0), (0, 1_000_000)])],
            "simulator" => vec![Device { id: "sim:local".into(), ..honest }],
            _ => vec![honest],
        }
    }
}

fixture::export!(Lies);
