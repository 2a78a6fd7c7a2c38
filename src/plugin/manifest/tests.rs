#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;
use crate::config::{ByteSize, Config};

const GOOD: &str = r#"
manifest_schema_version = "2.1.0"
plugin_id = "com.example.lab"
plugin_version = "1.4.0"
plugin_type = "driver"
plugin_api_version = "1.0.0"
eigen_os_compatibility = ">=0.6.0,<1.0.0"
eigen_lang_version = "0.3"
trust_policy_profile = "baseline"

[driver]
name = "lab"
runtime = "wasm"
artifact = "lab.wasm"
artifact_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
"#;

fn config(text: &str) -> Config {
    Config::from_yaml(text, Path::new("test.yaml"), &|_| None).unwrap()
}

#[test]
fn a_manifest_of_the_platform_is_read_with_our_tables() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!((manifest.name(), manifest.runtime(), manifest.artifact()), ("lab", "wasm", "lab.wasm"));
    assert_eq!(manifest.id_and_version(), ("com.example.lab".to_owned(), "1.4.0".to_owned()));
    assert_eq!(manifest.signature_file(), SIGNATURE_FILE);
    assert_eq!(manifest.compatible(), Ok(()));
}

#[test]
fn every_mistake_is_named_with_its_line_and_key() {
    let text = GOOD
        .replace("com.example.lab", "Lab")
        .replace("1.4.0", "one")
        .replace("\"lab.wasm\"", "\"../lab.wasm\"");
    let rejection = Manifest::parse(&text).unwrap_err();
    assert_eq!(rejection.reason, RejectReason::ManifestInvalid);
    for expected in ["line 4: plugin_version:", "line 3: plugin_id:", "line 14: artifact:"] {
        assert!(
            rejection.details.iter().any(|detail| detail.starts_with(expected)),
            "{expected}: {rejection:?}"
        );
    }
}

#[test]
fn a_key_of_ours_that_nobody_knows_is_a_mistake_and_one_of_the_platform_is_not() {
    let ours = GOOD.replace("runtime =", "runtine =");
    let rejection = Manifest::parse(&ours).unwrap_err();
    assert!(rejection.message.contains("runtine") && rejection.message.contains("line 13"), "{rejection}");
    let theirs = GOOD.replace("trust_policy_profile", "whatever_else");
    assert!(Manifest::parse(&theirs).is_ok());
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_line() {
    let rejection = Manifest::parse("manifest_schema_version = \"2.1.0\"\nplugin_id = [").unwrap_err();
    assert!(rejection.message.contains("line 2"), "{rejection}");
}

#[test]
fn a_plugin_for_another_platform_or_interface_is_refused_with_both_versions() {
    for (from, to, reason) in [
        (">=0.6.0,<1.0.0", ">=0.7.0", RejectReason::VersionMismatch),
        ("plugin_api_version = \"1.0.0\"", "plugin_api_version = \"1.1.0\"", RejectReason::UnsupportedApi),
        ("plugin_api_version = \"1.0.0\"", "plugin_api_version = \"2.0.0\"", RejectReason::UnsupportedApi),
    ] {
        let rejection = Manifest::parse(&GOOD.replace(from, to)).unwrap().compatible().unwrap_err();
        assert_eq!(rejection.reason, reason, "{to}");
        assert!(!rejection.remedy.is_empty());
    }
    let schema = Manifest::parse(&GOOD.replace("\"2.1.0\"", "\"3.0.0\"")).unwrap_err();
    assert_eq!(schema.reason, RejectReason::UnsupportedApi);
}

#[test]
fn a_request_within_the_grant_narrows_it_unless_the_operator_named_the_limit() {
    let asks = Manifest::parse(&format!("{GOOD}\n[limits]\nmemory = \"16MiB\"\n")).unwrap();
    let granted = grants(&asks, "lab", &config("")).unwrap();
    assert_eq!(granted.memory, ByteSize::mib(16));
    let named = config("drivers: {lab: {limits: {memory: 32MiB}}}");
    assert_eq!(grants(&asks, "lab", &named).unwrap().memory, ByteSize::mib(32));
}

#[test]
fn a_request_beyond_the_grant_is_refused_with_the_line_that_would_grant_it() {
    let asks = Manifest::parse(&format!("{GOOD}\n[limits]\nmemory = \"512MiB\"\n")).unwrap();
    let rejection = grants(&asks, "lab", &config("")).unwrap_err();
    assert_eq!(rejection.reason, RejectReason::SandboxViolation);
    assert!(rejection.message.contains("`drivers.lab.limits.memory: 512MiB`"), "{rejection}");
    let allowed = config("drivers: {lab: {limits: {memory: 512MiB}}}");
    assert_eq!(grants(&asks, "lab", &allowed).unwrap().memory, ByteSize::mib(512));
}

#[test]
fn network_and_secrets_are_not_granted_silently() {
    let text =
        format!("{GOOD}\n[egress]\nallow = [\"https://api.example.com\"]\n[secrets]\nnames = [\"token\"]\n");
    let rejection = grants(&Manifest::parse(&text).unwrap(), "lab", &config("")).unwrap_err();
    assert_eq!((rejection.reason, rejection.details.len()), (RejectReason::SandboxViolation, 2));
    let granted = |url: &str| {
        config(&format!(
            "secrets: {{token: {{env: TOKEN}}}}\n\
             drivers: {{lab: {{egress: [{{url: \"{url}\", secret: {{name: token}}}}]}}}}"
        ))
    };
    let asks = Manifest::parse(&text).unwrap();
    for enough in ["https://api.example.com/", "https://*.example.com/"] {
        assert!(grants(&asks, "lab", &granted(enough)).is_ok(), "{enough}");
    }
    for less in ["https://api.example.com/v1/", "https://api.example.com:444/", "https://*.api.example.com/"]
    {
        let rejection = grants(&asks, "lab", &granted(less)).unwrap_err();
        assert!(rejection.message.contains("drivers.lab.egress"), "{less}: {rejection}");
    }
}

#[test]
fn a_limit_that_no_driver_can_have_is_refused_wherever_it_is_asked_for() {
    for (limit, allowed) in [("memory = \"1B\"", "64KiB"), ("instances = 0", "1 to"), ("tables = 0", "1 to")]
    {
        let asks = Manifest::parse(&format!("{GOOD}\n[limits]\n{limit}\n")).unwrap();
        let rejection = grants(&asks, "lab", &config("")).unwrap_err();
        assert_eq!(rejection.reason, RejectReason::ManifestInvalid, "{limit}");
        assert!(rejection.message.contains(allowed), "{limit}: {rejection}");
    }
}

#[test]
fn the_three_files_of_a_plugin_are_three() {
    for (artifact, signature) in
        [("plugin.toml", "a.sig"), ("plugin.toml.sig", ""), ("a.sig", "a.sig"), ("lab.wasm", "plugin.toml")]
    {
        let mut text = GOOD.replace("\"lab.wasm\"", &format!("\"{artifact}\""));
        if !signature.is_empty() {
            text = format!("signature_bundle_ref = \"{signature}\"\n{text}");
        }
        let rejection = Manifest::parse(&text).unwrap_err();
        assert_eq!(rejection.reason, RejectReason::ManifestInvalid, "{artifact} {signature}");
    }
}

#[test]
fn a_limit_that_cannot_be_read_is_refused_with_what_would_be() {
    let text = format!("{GOOD}\n[limits]\nfuel = 0\n");
    let rejection = Manifest::parse(&text).unwrap_err();
    assert!(rejection.message.contains("allowed: a whole number of fuel units"), "{rejection}");
}
