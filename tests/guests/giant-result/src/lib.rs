//! Returns `mebibytes` (24 unless told) of `part`: `metadata` (unless told; one value), `counts`
//! (bitstrings of 1 KiB), or `message` (an error's).

use fixture::Fault;
use fixture::sdk::{Error, ExecutionResult, Outcome, Request, Result};

#[derive(Default)]
struct GiantResult;

impl Fault for GiantResult {
    const NAME: &'static str = "giant-result";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let kibibytes = fixture::number(&request, "mebibytes", 24) * 1024;
        let text = |kibibytes: u64| "0".repeat(kibibytes as usize * 1024);
        match request.option("part") {
            Some("message") => Err(Error::internal(text(kibibytes))),
            Some("counts") => {
                let counts = (0..kibibytes).map(|number| (format!("{number:01024b}"), 1));
                Ok(ExecutionResult::from_counts(counts).into())
            }
            _ => Ok(fixture::well(&request).metadata("giant", text(kibibytes)).into()),
        }
    }
}

fixture::export!(GiantResult);
