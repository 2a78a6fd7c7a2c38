//! What makes two executions the same.
//!
//! The invariant: whatever can change a result is in the key. It holds digests of the driver's artifact and
//! of its terms, not this host's count of generations, so that hosts which run the same driver agree.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::model::{DeviceId, Digest, Properties};

/// Everything that decides an execution's result.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// Hash of the circuit, and what it is of: `aqo` or `payload`.
    pub circuit: (&'a str, &'a str),
    /// The device that runs it.
    pub device: &'a DeviceId,
    /// The driver's artifact.
    pub artifact: &'a Digest,
    /// The driver's settings and limits.
    pub terms: &'a Digest,
    /// The calibration in force, if the device names one.
    pub calibration: Option<&'a str>,
    /// How often it runs.
    pub shots: u64,
    /// The seed of all randomness, if the caller fixed it.
    pub seed: Option<u64>,
    /// Values of the circuit's parameters.
    pub parameters: &'a [(String, f64)],
    /// The caller's options, which the driver gets as they are.
    pub options: &'a Properties,
}

/// SHA-256 of an [`Identity`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResultKey([u8; 32]);

/// Options that the host itself reads: the typed fields of the key have what they say.
const READ_BY_THE_HOST: [&str; 12] = [
    "dm.*",
    "seed",
    "timeout_sec",
    "client_request_id",
    "non_idempotent",
    "vqe.params",
    "vqe.iteration",
    "param.*",
    "param:*",
    "parameters.*",
    "parameters:*",
    "job_id",
];

impl ResultKey {
    /// The key of an execution. `neutral` are options that never change a result; one with `*` at its end
    /// stands for any rest. All parts are preceded by their length, so that no two lists run together.
    pub fn of(identity: &Identity<'_>, neutral: &[String]) -> Self {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(b"result key 1");
        add(identity.circuit.0.as_bytes());
        add(identity.circuit.1.as_bytes());
        add(identity.device.as_str().as_bytes());
        add(identity.artifact.as_bytes());
        add(identity.terms.as_bytes());
        // An absent value and an empty one differ.
        add(&[u8::from(identity.calibration.is_some())]);
        add(identity.calibration.unwrap_or_default().as_bytes());
        add(&identity.shots.to_le_bytes());
        add(&identity.seed.map_or_else(Vec::new, |seed| seed.to_le_bytes().to_vec()));
        add(&(identity.parameters.len() as u64).to_le_bytes());
        for (name, value) in identity.parameters {
            add(name.as_bytes());
            add(&value.to_bits().to_le_bytes());
        }
        let reads = |key: &str| READ_BY_THE_HOST.iter().any(|pattern| matches(pattern, key));
        let is_neutral = |key: &str| neutral.iter().any(|pattern| matches(pattern, key));
        for (key, value) in identity.options.iter().filter(|(key, _)| !reads(key) && !is_neutral(key)) {
            add(key.as_bytes());
            add(value.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn matches(pattern: &str, key: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == key, |start| key.starts_with(start))
}

impl fmt::Debug for ResultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn whatever_can_change_a_result_changes_the_key() {
        let (device, other_device) = (DeviceId::new("sim:local"), DeviceId::new("sim:other"));
        let (artifact, other) = (Digest::of(b"artifact"), Digest::of(b"other"));
        let (plain, noisy) = (options(&[]), options(&[("noise", "0.1")]));
        let one = [("theta".to_owned(), 0.5)];
        let minus = [("theta".to_owned(), -0.5)];
        let base = Identity {
            circuit: ("aa", "aqo"),
            device: &device,
            artifact: &artifact,
            terms: &artifact,
            calibration: None,
            shots: 100,
            seed: Some(7),
            parameters: &one,
            options: &plain,
        };
        let all = [
            base,
            Identity { circuit: ("ab", "aqo"), ..base },
            Identity { circuit: ("aa", "payload"), ..base },
            Identity { device: &other_device, ..base },
            Identity { artifact: &other, ..base },
            Identity { terms: &other, ..base },
            Identity { calibration: Some(""), ..base },
            Identity { calibration: Some("c1"), ..base },
            Identity { shots: 101, ..base },
            Identity { seed: None, ..base },
            Identity { seed: Some(8), ..base },
            Identity { parameters: &[], ..base },
            Identity { parameters: &minus, ..base },
            Identity { options: &noisy, ..base },
        ];
        let keys: HashSet<_> = all.iter().map(|identity| ResultKey::of(identity, &[])).collect();
        assert_eq!(keys.len(), all.len());
    }

    #[test]
    fn options_that_the_host_reads_or_the_operator_calls_neutral_change_nothing() {
        let (device, digest) = (DeviceId::new("sim:local"), Digest::of(b""));
        let key = |pairs: &[(&str, &str)], neutral: &[&str]| {
            let identity = Identity {
                circuit: ("aa", "aqo"),
                device: &device,
                artifact: &digest,
                terms: &digest,
                calibration: None,
                shots: 1,
                seed: None,
                parameters: &[],
                options: &options(pairs),
            };
            let neutral: Vec<_> = neutral.iter().map(|name| (*name).to_owned()).collect();
            ResultKey::of(&identity, &neutral)
        };
        let base = key(&[], &[]);
        assert_eq!(key(&[("dm.timeout", "3s"), ("param.x", "1"), ("client_request_id", "9")], &[]), base);
        assert_eq!(key(&[("trace_id", "1"), ("x-a", "2"), ("x-b", "3")], &["trace_id", "x-*"]), base);
        assert_ne!(key(&[("trace_id2", "1")], &["trace_id"]), base);
        assert_ne!(key(&[("a", "bc")], &[]), key(&[("ab", "c")], &[]));
    }
}
