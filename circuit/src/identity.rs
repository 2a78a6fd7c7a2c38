//! What names a circuit: the SHA-256 of its canonical form, or of its bytes.

use std::fmt;

use sha2::{Digest, Sha256};

/// The hash by which a circuit is known in caches, logs and execution keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The SHA-256.
    pub sha256: [u8; 32],
    /// Of what.
    pub of: IdentityOf,
}

/// What an [`Identity`] is the hash of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityOf {
    /// The canonical AQO JSON: the same for every spelling of one document.
    CanonicalAqo,
    /// The payload's bytes as they came.
    Payload,
}

impl Identity {
    /// Hashes bytes.
    #[must_use]
    pub fn new(bytes: &[u8], of: IdentityOf) -> Self {
        Self { sha256: Sha256::digest(bytes).into(), of }
    }

    /// The hash as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        self.sha256.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl fmt::Display for IdentityOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CanonicalAqo => "canonical-aqo",
            Self::Payload => "payload",
        })
    }
}
