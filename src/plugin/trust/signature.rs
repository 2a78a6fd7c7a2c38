//! Signatures over manifests, and the files they and their keys live in.
//!
//! Ed25519 (RFC 8032) over [`DOMAIN`] followed by the manifest's bytes, so that a signature made for
//! something else never counts here. Files are a few lines of text with the kind in the first.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::config::PublicKey;
use crate::model::Digest;

/// What stands before the manifest in the message that is signed.
pub const DOMAIN: &[u8] = b"eigen-driver-manifest-v1\0";
const SIGNATURE_KIND: &str = "eigen-driver-signature-v1";
const KEY_KIND: &str = "eigen-driver-private-key-v1";

/// A signature, with a hint at its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The first 16 hexadecimal digits of the public key's SHA-256: for people, nothing is decided by it.
    pub fingerprint: String,
    bytes: [u8; 64],
}

impl Signature {
    /// Reads a signature file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        if lines.next().map(str::trim_end) != Some(SIGNATURE_KIND) {
            return Err(format!("its first line is not `{SIGNATURE_KIND}`"));
        }
        let mut field = |name: &str| {
            let line = lines.next().unwrap_or_default();
            line.strip_prefix(name)
                .map(|rest| rest.trim().to_owned())
                .ok_or_else(|| format!("`{name}` is missing"))
        };
        let fingerprint = field("key:")?;
        if fingerprint.len() > 64 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("`key:` is no fingerprint".to_owned());
        }
        let bytes = BASE64.decode(field("signature:")?).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.ok_or_else(|| "`signature:` is not 64 bytes in Base64".to_owned())?;
        Ok(Self { fingerprint, bytes })
    }

    /// Whether it is of this key over this manifest.
    pub fn is_of(&self, key: &PublicKey, manifest: &[u8]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
        // Strict: neither weak keys nor malleable signatures (RFC 8032, section 8.4).
        key.verify_strict(&message(manifest), &ed25519_dalek::Signature::from_bytes(&self.bytes)).is_ok()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = BASE64.encode(self.bytes);
        writeln!(f, "{SIGNATURE_KIND}\nkey: {}\nsignature: {signature}", self.fingerprint)
    }
}

/// A private key. It cannot be printed, and its memory is wiped when it is dropped.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        OsRng.try_fill_bytes(&mut seed).map_err(std::io::Error::other)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// What is wrong with it; never its content.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, seed) = text.trim_end().split_once('\n').unwrap_or((text, ""));
        if kind.trim_end() != KEY_KIND {
            return Err(format!("its first line is not `{KEY_KIND}`"));
        }
        let seed = BASE64.decode(seed.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        seed.map(|seed| Self(SigningKey::from_bytes(&seed))).ok_or_else(|| "it holds no key".to_owned())
    }

    /// The text of its file.
    pub fn to_file(&self) -> String {
        format!("{KEY_KIND}\n{}\n", BASE64.encode(self.0.to_bytes()))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a manifest.
    pub fn sign(&self, manifest: &[u8]) -> Signature {
        let bytes = self.0.sign(&message(manifest)).to_bytes();
        Signature { fingerprint: fingerprint(&self.public()), bytes }
    }
}

/// A short name of a public key.
pub fn fingerprint(key: &PublicKey) -> String {
    Digest::of(&key.0).hex()[..16].to_owned()
}

fn message(manifest: &[u8]) -> Vec<u8> {
    [DOMAIN, manifest].concat()
}
