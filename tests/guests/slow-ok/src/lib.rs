//! Honest, but takes `ms` milliseconds (100 unless told): asleep, or with `how=busy` computing.

use std::time::Duration;

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result, progress, time};

#[derive(Default)]
struct SlowOk;

impl Fault for SlowOk {
    const NAME: &'static str = "slow-ok";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let start = time::monotonic_ns();
        let duration = Duration::from_millis(fixture::number(&request, "ms", 100));
        let elapsed = || Duration::from_nanos(time::monotonic_ns() - start);
        progress(0.5, "half-way, say");
        if request.option("how") == Some("busy") {
            while elapsed() < duration {}
        } else {
            time::sleep(duration);
        }
        Ok(fixture::well(&request).duration(elapsed()).into())
    }
}

fixture::export!(SlowOk);
