//! Submits, and answers when it is asked again: pending for `ms` milliseconds, then done.
//!
//! No instance remembers anything: the ticket says it all, as `UNTIL/WIDTH/SHOTS`.

use std::time::Duration;

use fixture::Fault;
use fixture::sdk::{Error, ExecutionResult, Outcome, Pending, Request, Result, time};

#[derive(Default)]
struct AnswersLater;

impl Fault for AnswersLater {
    const NAME: &'static str = "answers-later";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let until = time::unix_ms() + fixture::number(&request, "ms", 100);
        let ticket = format!("{until}/{}/{}", request.gates()?.output_bits, request.shots);
        Ok(Pending::new(ticket).poll_after(Duration::from_millis(20)).into())
    }

    fn poll(&mut self, ticket: &str) -> Result<Outcome> {
        let [until, width, shots] = read(ticket)?;
        if time::unix_ms() < until {
            return Ok(Pending::new(ticket).poll_after(Duration::from_millis(20)).into());
        }
        Ok(ExecutionResult::from_counts([("0".repeat(width as usize), shots)]).into())
    }

    fn cancel(&mut self, ticket: &str) -> Result<()> {
        read(ticket).map(drop)
    }
}

fn read(ticket: &str) -> Result<[u64; 3]> {
    let numbers: Option<Vec<u64>> = ticket.split('/').map(|part| part.parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| Error::not_found(format!("no job with the ticket `{ticket}`")))
}

fixture::export!(AnswersLater);
