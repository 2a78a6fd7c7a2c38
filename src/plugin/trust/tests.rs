#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::signature::{PrivateKey, Signature};
use super::*;
use crate::config::PublicKey;
use crate::plugin::store::Parts;

fn config(text: &str) -> Config {
    Config::from_yaml(text, Path::new("test.yaml"), &|_| None).unwrap()
}

fn manifest(artifact: &[u8]) -> String {
    format!(
        "manifest_schema_version = \"2.1.0\"\nplugin_id = \"com.example.lab\"\nplugin_version = \"1.0.0\"\n\
         plugin_type = \"driver\"\nplugin_api_version = \"1.0.0\"\neigen_os_compatibility = \"*\"\n\
         [driver]\nname = \"lab\"\nartifact = \"lab.wasm\"\nartifact_digest = \"{}\"\n",
        Digest::of(artifact)
    )
}

fn bundle(artifact: &[u8], manifest: Option<String>, signature: Option<String>) -> Bundle {
    let parts = Parts { artifact: artifact.into(), manifest, signature };
    Bundle::new(parts, Origin::Upload, Some(PathBuf::from("./plugins"))).unwrap()
}

fn trusting(key: &PublicKey) -> Config {
    config(&format!("plugins: {{trust: {{keys: {{ops: \"{}\"}}}}}}", shown(key)))
}

fn shown(key: &PublicKey) -> String {
    format!("{key:?}")
}

#[test]
fn a_signed_plugin_is_trusted_by_the_name_of_its_key() {
    let key = PrivateKey::generate().unwrap();
    let text = manifest(b"artifact");
    let signature = key.sign(text.as_bytes()).to_string();
    let signed = bundle(b"artifact", Some(text), Some(signature));
    let trusted = verify("lab", &signed, &trusting(&key.public()), None);
    assert_eq!(trusted, Ok(Trusted::Signature("ops".to_owned())));
}

#[test]
fn what_was_tampered_with_or_signed_by_another_is_refused_with_the_line_that_would_allow_it() {
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let text = manifest(b"artifact");
    let signature = key.sign(text.as_bytes()).to_string();
    let ours = trusting(&key.public());
    let changed = text.replace("1.0.0", "1.0.1");
    for (artifact, manifest, signature, config, reason) in [
        (&b"artifact"[..], Some(changed), Some(signature.clone()), &ours, RejectReason::SignatureInvalid),
        (b"artefact", Some(text.clone()), Some(signature.clone()), &ours, RejectReason::DigestMismatch),
        (
            b"artifact",
            Some(text.clone()),
            Some(signature.clone()),
            &trusting(&other.public()),
            RejectReason::SignatureInvalid,
        ),
        (b"artifact", Some(text.clone()), Some(signature), &config(""), RejectReason::SignatureInvalid),
        (b"artifact", Some(text.clone()), Some("garbage".to_owned()), &ours, RejectReason::SignatureInvalid),
        (b"artifact", Some(text), None, &ours, RejectReason::SignatureMissing),
        (b"artifact", None, None, &ours, RejectReason::SignatureMissing),
    ] {
        let rejection = verify("lab", &bundle(artifact, manifest, signature), config, None).unwrap_err();
        assert_eq!(rejection.reason, reason, "{rejection:?}");
        assert!(reason.quarantines());
        assert!(
            rejection.remedy.contains("drivers.lab") || rejection.reason == RejectReason::DigestMismatch,
            "{rejection:?}"
        );
    }
}

#[test]
fn without_a_word_from_the_operator_only_what_is_built_in_runs() {
    let unsigned = bundle(b"artifact", None, None);
    assert!(verify("lab", &unsigned, &config(""), None).is_err());
    assert_eq!(verify("lab", &unsigned, &config(""), Some(unsigned.digest)), Ok(Trusted::Embedded));
}

#[test]
fn the_narrower_policy_counts() {
    let unsigned = bundle(b"artifact", None, None);
    let digest = unsigned.digest;
    for (text, expected) in [
        ("plugins: {trust: {default: none}}".to_owned(), Some(Trusted::None)),
        ("plugins: {trust: {directories: {./plugins: none}}}".to_owned(), Some(Trusted::None)),
        (
            "plugins: {trust: {directories: {./plugins: none}}}\ndrivers: {lab: {trust: signature}}"
                .to_owned(),
            None,
        ),
        (format!("drivers: {{lab: {{trust: digest, digests: [\"{digest}\"]}}}}"), Some(Trusted::Digest)),
        (format!("drivers: {{lab: {{trust: digest, digests: [\"{}\"]}}}}", Digest::of(b"other")), None),
    ] {
        assert_eq!(verify("lab", &unsigned, &config(&text), None).ok(), expected, "{text}");
    }
}

#[test]
fn a_manifest_of_another_driver_is_refused_even_where_anything_runs() {
    let bundle = bundle(b"artifact", Some(manifest(b"artifact")), None);
    let anything = config("plugins: {trust: {default: none}}");
    assert!(verify("lab", &bundle, &anything, None).is_ok());
    let rejection = verify("other", &bundle, &anything, None).unwrap_err();
    assert_eq!(rejection.reason, RejectReason::PolicyDenied);
}

#[test]
fn keys_and_signatures_are_read_back_as_they_are_written() {
    let key = PrivateKey::generate().unwrap();
    let again = PrivateKey::parse(&key.to_file()).ok().unwrap();
    assert_eq!(again.public(), key.public());
    let signature = key.sign(b"text");
    assert_eq!(Signature::parse(&signature.to_string()), Ok(signature));
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_signature_or_key_by_mistake(text in ".{0,300}") {
        prop_assert!(Signature::parse(&text).is_err());
        prop_assert!(PrivateKey::parse(&text).is_err());
    }
}
