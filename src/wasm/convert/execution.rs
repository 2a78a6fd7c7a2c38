//! Executions: the request for a guest, and what it answers.

use std::time::Duration;

use super::{Broken, MAX_TICKET, bounded, circuit, pairs, properties, wit};
use crate::config::ByteSize;
use crate::model::{Circuit, ExecutionRequest, ExecutionResult, Outcome, Pending, Reconciliation, Ticket};

pub(in crate::wasm) fn request(request: &ExecutionRequest) -> wit::Request {
    wit::Request {
        job_id: request.job_id.clone(),
        device_id: request.device_id.to_string(),
        circuit: match &request.circuit {
            Circuit::Gates(program) => wit::Circuit::Gates(circuit::gates(program)),
            Circuit::Qasm3(text) => wit::Circuit::Qasm3(text.to_string()),
            Circuit::AqoJson(bytes) => wit::Circuit::AqoJson(bytes.to_vec()),
            Circuit::Native(bytes) => wit::Circuit::Native(bytes.to_vec()),
        },
        shots: request.shots,
        seed: request.seed,
        attempt: request.attempt,
        execution_key: request.execution_key.to_string(),
        options: pairs(&request.options),
    }
}

pub(in crate::wasm) fn outcome(outcome: wit::Outcome, most: ByteSize) -> Result<Outcome, Broken> {
    Ok(match outcome {
        wit::Outcome::Done(result) => Outcome::Done(ExecutionResult {
            counts: result.counts,
            expectations: result.expectations,
            duration: Duration::from_nanos(result.duration_ns),
            metadata: properties(within(result.metadata, most.as_usize())),
        }),
        wit::Outcome::Pending(job) => Outcome::Pending(pending(job)?),
    })
}

/// Entries up to the first that is beyond the bound, that one included: what is done about it is for others to say,
/// but they need not sort a million of them first.
fn within(mut metadata: Vec<(String, String)>, most: usize) -> Vec<(String, String)> {
    let mut size = 0_usize;
    let beyond = metadata.iter().position(|(key, value)| {
        size = size.saturating_add(key.len() + value.len());
        size > most
    });
    metadata.truncate(beyond.map_or(metadata.len(), |beyond| beyond + 1));
    metadata
}

pub(in crate::wasm) fn reconciliation(answer: wit::Reconciliation) -> Result<Reconciliation, Broken> {
    Ok(match answer {
        wit::Reconciliation::Found(job) => Reconciliation::Found(pending(job)?),
        wit::Reconciliation::NotFound => Reconciliation::NotFound,
        wit::Reconciliation::Unknown => Reconciliation::Unknown,
    })
}

fn pending(job: wit::Pending) -> Result<Pending, Broken> {
    Ok(Pending {
        ticket: Ticket::new(bounded("a ticket", job.ticket, MAX_TICKET)?),
        poll_after: job.poll_after_ms.map(Duration::from_millis),
        queue_position: job.queue_position,
    })
}
