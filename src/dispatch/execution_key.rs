//! The identity of an execution: one job may run many circuits, so the job's id alone is none.

use sha2::{Digest as _, Sha256};

use super::execute::Accepted;
use super::prepare::Prepared;
use crate::model::ExecutionKey;

/// SHA-256 over job, caller's request id, optimiser iteration, device, circuit, shots, seed and
/// bound parameters, each preceded by its length so that no two lists run together. A request that names neither
/// itself nor its job, or is `non_idempotent`, is like no other: its key is its own, the same over all its attempts.
pub(super) fn of(request: &Accepted, prepared: &Prepared) -> ExecutionKey {
    let option = |key: &str| request.options.get(key).map_or("", String::as_str);
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(request.job_id.as_bytes());
    add(option("client_request_id").as_bytes());
    add(option("vqe.iteration").as_bytes());
    add(request.device_id.as_str().as_bytes());
    add(prepared.circuit_hash.as_bytes());
    add(&request.shots.to_le_bytes());
    add(&request.seed.map_or_else(Vec::new, |seed| seed.to_le_bytes().to_vec()));
    for (name, value) in &prepared.bound_parameters {
        add(name.as_bytes());
        add(&value.to_bits().to_le_bytes());
    }
    let nameless = request.job_id.is_empty() && option("client_request_id").is_empty();
    if nameless || request.non_idempotent {
        add(&rand::random::<[u8; 16]>());
    }
    ExecutionKey::new(format!("{:x}", hash.finalize()))
}
