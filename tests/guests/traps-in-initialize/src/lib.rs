//! Panics in `initialize`: no instance of it ever becomes usable.

use fixture::Fault;
use fixture::sdk::{Properties, Result};

#[derive(Default)]
struct TrapsInInitialize;

impl Fault for TrapsInInitialize {
    const NAME: &'static str = "traps-in-initialize";

    #[expect(clippy::panic, reason = "it is what the fixture is for")]
    fn initialize(&mut self, _settings: Properties) -> Result<()> {
        panic!("the ignition key is missing")
    }
}

fixture::export!(TrapsInInitialize);
