//! Panics in `execute`; the message has to reach the host's log.

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};

#[derive(Default)]
struct Panics;

impl Fault for Panics {
    const NAME: &'static str = "panics";

    #[expect(clippy::panic, reason = "it is what the fixture is for")]
    fn execute(&mut self, _request: Request) -> Result<Outcome> {
        panic!("the flux capacitor is empty")
    }
}

fixture::export!(Panics);
