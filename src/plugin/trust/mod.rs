//! Whether an artifact may run: decided before anything of it is compiled.
//!
//! Pure: from the bundle, the config and the digest of what is built in. The invariant: an artifact passes
//! only by being built in, by its digest, by a signature over a manifest that names its digest, or by an
//! operator's explicit `none`; and a manifest's digest must match whatever the policy.

pub mod signature;
#[cfg(test)]
mod tests;

use std::fmt;

use super::bundle::{Bundle, Origin};
use super::manifest::SIGNATURE_FILE;
use crate::config::{Config, TrustPolicy};
use crate::model::{Digest, RejectReason, Rejection};
use signature::Signature;

/// Why an artifact is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// It is the one that is built into this host.
    Embedded,
    /// Its digest stands in the config.
    Digest,
    /// Its manifest is signed; the name of the key in the config.
    Signature(String),
    /// It is not: the operator lets anything run.
    None,
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Digest => f.write_str("digest"),
            Self::Signature(key) => write!(f, "signature:{key}"),
            Self::None => f.write_str("none"),
        }
    }
}

/// Decides on a bundle that is to run as this driver.
///
/// # Errors
/// The reason (`TRUST_…`), and as the remedy the one line of config that would allow it.
pub fn verify(
    driver: &str,
    bundle: &Bundle,
    config: &Config,
    embedded: Option<Digest>,
) -> Result<Trusted, Rejection> {
    let named = bundle.manifest.as_ref().and_then(super::manifest::Manifest::digest);
    if let Some(named) = named.filter(|named| *named != bundle.digest) {
        let text = format!("the artifact has the digest {}, its manifest names {named}", bundle.digest);
        return Err(Rejection::new(RejectReason::DigestMismatch, text)
            .remedy("Install artifact and manifest of one release; `driver-manager plugin sign` brings them together."));
    }
    if let Some(manifest) = bundle.manifest.as_ref().filter(|manifest| manifest.name() != driver) {
        let text = format!("its manifest is that of driver `{}`, not of `{driver}`", manifest.name());
        return Err(Rejection::new(RejectReason::PolicyDenied, text)
            .remedy(format!("Use the name `{}`.", manifest.name())));
    }
    if bundle.origin == Origin::Embedded || embedded == Some(bundle.digest) {
        return Ok(Trusted::Embedded);
    }
    let own = config.drivers.get(driver);
    let policy = own.and_then(|own| own.trust).unwrap_or_else(|| match &bundle.directory {
        Some(directory) => config.plugins.trust_in(directory),
        None => config.plugins.trust.default,
    });
    match policy {
        TrustPolicy::None => Ok(Trusted::None),
        TrustPolicy::Digest => {
            if own.is_some_and(|own| own.digests.contains(&bundle.digest)) {
                return Ok(Trusted::Digest);
            }
            let text = format!("its digest {} is none of `drivers.{driver}.digests`", bundle.digest);
            Err(Rejection::new(RejectReason::PolicyDenied, text)
                .remedy(format!("To allow it: `drivers.{driver}.digests: [{}]`.", bundle.digest)))
        }
        TrustPolicy::Signature => signed(driver, bundle, config),
    }
}

fn signed(driver: &str, bundle: &Bundle, config: &Config) -> Result<Trusted, Rejection> {
    let by_digest = format!(
        "to allow just this artifact: `drivers.{driver}: {{trust: digest, digests: [{}]}}`",
        bundle.digest
    );
    let missing = |what: &str| {
        Err(Rejection::new(RejectReason::SignatureMissing, format!("it is not signed: {what}")).remedy(format!(
            "Sign it with `driver-manager plugin sign`, or, {by_digest}; to run unsigned drivers: `drivers.{driver}.trust: none`."
        )))
    };
    let (Some(manifest), Some(text)) = (&bundle.manifest, &bundle.parts.manifest) else {
        return missing("it has no plugin.toml");
    };
    if manifest.digest().is_none() {
        return missing("its manifest names no `artifact_digest`");
    }
    let Some(signature) = &bundle.parts.signature else {
        return missing(&format!("there is no {SIGNATURE_FILE} beside its manifest"));
    };
    let invalid = |why: String| {
        Err(Rejection::new(RejectReason::SignatureInvalid, why)
            .remedy(format!("Install a release signed by a key of `plugins.trust.keys`; or, {by_digest}.")))
    };
    let signature = match Signature::parse(signature) {
        Ok(signature) => signature,
        Err(why) => return invalid(format!("its signature cannot be read: {why}")),
    };
    let mut keys = config.plugins.trust.keys.iter();
    match keys.find(|(_, key)| signature.is_of(key, text.as_bytes())) {
        Some((name, _)) => Ok(Trusted::Signature(name.clone())),
        None if config.plugins.trust.keys.is_empty() => {
            let text =
                format!("it is signed by the key {}, and this host trusts no key", signature.fingerprint);
            Err(Rejection::new(RejectReason::SignatureInvalid, text).remedy(format!(
                "To trust its author: `plugins.trust.keys: {{NAME: ed25519:…}}`; or, {by_digest}."
            )))
        }
        None => invalid(format!(
            "its signature (key {}) is not of a key of `plugins.trust.keys` over this manifest",
            signature.fingerprint
        )),
    }
}
