//! Sleeps for an hour in `initialize`: it uses no processor time, so only a deadline helps.

use std::time::Duration;

use fixture::Fault;
use fixture::sdk::{Properties, Result, time};

#[derive(Default)]
struct SleepsInInitialize;

impl Fault for SleepsInInitialize {
    const NAME: &'static str = "sleeps-in-initialize";

    fn initialize(&mut self, _settings: Properties) -> Result<()> {
        time::sleep(Duration::from_hours(1));
        Ok(())
    }
}

fixture::export!(SleepsInInitialize);
