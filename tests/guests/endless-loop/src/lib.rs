//! Never returns from `execute`, and never calls the host either.

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};

#[derive(Default)]
struct EndlessLoop;

impl Fault for EndlessLoop {
    const NAME: &'static str = "endless-loop";

    fn execute(&mut self, _request: Request) -> Result<Outcome> {
        loop {
            std::hint::spin_loop();
        }
    }
}

fixture::export!(EndlessLoop);
