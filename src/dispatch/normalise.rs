//! What a driver answers, checked and brought into the contract's form.

use std::collections::HashMap;

use super::execute::{Accepted, Execution};
use super::prepare::{Content, Prepared};
use crate::model::{ExecutionResult, Failure, FailureKind, Properties};
use crate::plugin::Active;

/// Bytes a count costs on the wire besides its bitstring (protobuf tags, lengths, the number).
const COUNT_OVERHEAD: usize = 16;

/// Checks counts against the request, and adds the metadata that every answer has.
pub(super) fn normalise(
    result: ExecutionResult,
    request: &Accepted,
    prepared: &Prepared,
    active: &Active,
    max_response: usize,
) -> Result<Execution, Failure> {
    let broken = |how: String| {
        Failure::new(FailureKind::Internal, format!("driver `{}` gave a malformed answer", active.name))
            .from_provider(active.name.as_str())
            .cause(how)
    };
    let width = match &prepared.content {
        Content::Program(program) => Some(program.output_bits as usize),
        Content::Native(_) => None,
    };
    let counts = checked_counts(result.counts, request.shots, width).map_err(broken)?;
    let size: usize = counts.keys().map(|bits| bits.len() + COUNT_OVERHEAD).sum();
    if size > max_response {
        let text = format!("the answer has {} outcomes, over `grpc.max_response`", counts.len());
        return Err(Failure::new(FailureKind::Capacity, text).remedy(
            "Ask for fewer shots or measure fewer bits, or ask the operator to raise `grpc.max_response`.",
        ));
    }
    let mut metadata = bounded(result.metadata, active.metadata_limit as usize);
    add_common(&mut metadata, request, prepared, active);
    if prepared.wants_energy {
        let energy = result.expectations.iter().find(|(name, _)| name == "energy").map(|(_, value)| *value);
        let energy = energy.filter(|value| value.is_finite());
        let energy = energy.ok_or_else(|| broken("no value for the observable `energy`".to_owned()))?;
        metadata.insert("energy".to_owned(), format!("{energy:.6}"));
    }
    Ok(Execution { counts, duration: result.duration, metadata })
}

fn checked_counts(
    counts: Vec<(String, u64)>,
    shots: u64,
    width: Option<usize>,
) -> Result<HashMap<String, i64>, String> {
    let mut total: u64 = 0;
    let mut checked = HashMap::with_capacity(counts.len());
    for (bits, count) in counts {
        // The length first: a giant one is not read.
        if let Some(width) = width.filter(|width| bits.len() != *width) {
            return Err(format!("a bitstring has {} characters instead of {width}", bits.len()));
        }
        if bits.bytes().any(|byte| byte != b'0' && byte != b'1') {
            return Err("a bitstring has characters other than 0 and 1".to_owned());
        }
        total = total.saturating_add(count);
        let count = i64::try_from(count).map_err(|_| "a count is over 2^63".to_owned())?;
        if checked.insert(bits, count).is_some() {
            return Err("the same bitstring comes twice".to_owned());
        }
    }
    if total == shots { Ok(checked) } else { Err(format!("counts add up to {total} instead of {shots}")) }
}

/// Keeps entries, in order of their keys, while they fit.
fn bounded(metadata: Properties, limit: usize) -> Properties {
    let mut room = limit;
    let before = metadata.len();
    let mut kept: Properties = metadata
        .into_iter()
        .take_while(|(key, value)| {
            let cost = key.len() + value.len();
            let fits = cost <= room;
            room = room.saturating_sub(cost);
            fits
        })
        .collect();
    if kept.len() < before {
        kept.insert("metadata_truncated".to_owned(), "true".to_owned());
    }
    kept
}

fn add_common(metadata: &mut Properties, request: &Accepted, prepared: &Prepared, active: &Active) {
    let mut add = |key: &str, value: String| metadata.insert(key.to_owned(), value);
    if !prepared.warnings.is_empty() {
        add("circuit_warnings", prepared.warnings.join("; "));
    }
    add("driver", active.name.to_string());
    add("driver_generation", active.generation.to_string());
    add("shots", request.shots.to_string());
    add("circuit_hash", prepared.circuit_hash.clone());
    add("circuit_hash_of", prepared.hash_of.to_owned());
    if let Content::Program(program) = &prepared.content {
        add("qubits", program.qubits.to_string());
        add("bitstring_order", "msb_first_by_classical_index".to_owned());
    }
    if let Some(version) = &prepared.aqo_version {
        add("aqo_version", version.clone());
    }
}
