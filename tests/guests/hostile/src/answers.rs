//! Hostile in what it answers.

use std::time::Duration;

use eigen_qdriver::{Error, ExecutionResult, Outcome, Pending, Request, Result};

const MIB: usize = 1 << 20;

pub fn to(word: &str, honest: ExecutionResult, request: &Request) -> Result<Outcome> {
    let shots = request.shots;
    let bits = honest.counts[0].0.clone();
    let counted = |counts: Vec<(String, u64)>| Ok(ExecutionResult::from_counts(counts).into());
    match word {
        "counts-few" => counted(vec![(bits, shots - 1)]),
        "counts-many" => counted(vec![(bits, shots + 1)]),
        "counts-overflow" => counted(vec![(bits, u64::MAX)]),
        "counts-none" => counted(Vec::new()),
        "keys-narrow" => counted(vec![(bits[1..].to_owned(), shots)]),
        "keys-wide" => counted(vec![(format!("{bits}0"), shots)]),
        "keys-letters" => counted(vec![("x".repeat(bits.len()), shots)]),
        "keys-twice" => counted(vec![(bits.clone(), 1), (bits, shots - 1)]),
        "keys-million" => counted((0..1_000_000).map(|key| (format!("{key:b}"), 1)).collect()),
        "key-giant" => counted(vec![("0".repeat(8 * MIB), shots)]),
        "energy-nan" => Ok(honest.expectation("energy", f64::NAN).into()),
        "metadata-giant" => Ok(honest.metadata("x", "y".repeat(8 * MIB)).into()),
        "metadata-many" => {
            Ok((0..100_000).fold(honest, |all, key| all.metadata(key.to_string(), "x")).into())
        }
        "metadata-forged" => {
            Ok(honest.metadata("driver", "simulator").metadata("executed_on", "sim:local").into())
        }
        "duration-endless" => Ok(honest.duration(Duration::MAX).into()),
        "error-giant" => Err(Error::internal("x".repeat(8 * MIB))),
        "error-control" => Err(Error::invalid_argument("a\r\nb\u{1b}[2J\u{0}")),
        "error-later" => Err(Error::quota("later").retry_after(Duration::MAX)),
        "error-ticket" => Err(Error::unavailable("lost").submitted("x".repeat(MIB))),
        "pending-for-ever" | "pending-storm" | "cancel-loop" => Ok(pending().into()),
        "pending-giant" => Ok(Pending::new("x".repeat(MIB)).into()),
        _ => Ok(honest.into()),
    }
}

pub fn poll(word: &str, ticket: &str) -> Outcome {
    match word {
        "pending-storm" => Pending::new(format!("{ticket}x")).poll_after(Duration::ZERO).into(),
        _ => pending().into(),
    }
}

/// Asks to be asked again at once.
fn pending() -> Pending {
    Pending::new("t").poll_after(Duration::ZERO)
}
