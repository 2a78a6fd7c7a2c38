#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::config::Config;
use crate::model::{Digest, DriverName, RejectReason};

const LATER: Duration = Duration::from_mins(1);

fn stage(more: &str) -> (TempDir, Scanner) {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "plugins: {{directories: [\"{}\"], settle: 10s, removal_grace: 20s{more}}}\ndrivers: {{simulator: {{enabled: false}}}}",
        folder.path().display()
    );
    let config = Config::from_yaml(&text, Path::new("test.yaml"), &|_| None).unwrap();
    let mut scanner = Scanner::new(&Arc::new(config));
    // What is found at the first look may be old; what comes later is new.
    assert!(scanner.scan(Instant::now()).found.is_empty());
    (folder, scanner)
}

fn manifest(name: &str, artifact: &[u8]) -> String {
    format!(
        "manifest_schema_version = \"2.1.0\"\nplugin_id = \"com.example.{name}\"\nplugin_version = \"1.0.0\"\n\
         plugin_type = \"driver\"\nplugin_api_version = \"1.0.0\"\neigen_os_compatibility = \"*\"\n\
         [driver]\nname = \"{name}\"\nartifact = \"driver.wasm\"\nartifact_digest = \"{}\"\n",
        Digest::of(artifact)
    )
}

fn install(folder: &Path, name: &str, named: &[u8], artifact: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("driver.wasm"), artifact).unwrap();
    fs::write(folder.join("plugin.toml"), manifest(name, named)).unwrap();
}

fn names(scan: &Scan) -> Vec<&str> {
    scan.found.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_plugin_that_vouches_for_itself_is_found_at_once_and_told_of_once() {
    let (folder, mut scanner) = stage("");
    install(&folder.path().join("any"), "lab", b"artifact", b"artifact");
    let now = Instant::now();
    let scan = scanner.scan(now);
    assert_eq!(names(&scan), ["lab"]);
    assert_eq!(scan.found[0].1.digest, Digest::of(b"artifact"));
    assert!(scanner.scan(now).found.is_empty() && scanner.next_look().is_none());
}

#[test]
fn halves_that_do_not_fit_wait_and_are_refused_when_nobody_completes_them() {
    let (folder, mut scanner) = stage("");
    install(&folder.path().join("lab"), "lab", b"whole", b"half");
    let now = Instant::now();
    let scan = scanner.scan(now);
    assert!(scan.found.is_empty() && scan.refused.is_empty());
    assert_eq!(scanner.next_look(), Some(now + Duration::from_secs(10)));
    let scan = scanner.scan(now + Duration::from_secs(10));
    assert_eq!(scan.refused[0].2.reason, RejectReason::DigestMismatch);
    assert!(scanner.scan(now + LATER).refused.is_empty(), "told twice");
    fs::write(folder.path().join("lab/driver.wasm"), b"whole").unwrap();
    assert_eq!(names(&scanner.scan(now + LATER)), ["lab"]);
}

#[test]
fn a_component_alone_must_have_been_left_alone() {
    let (folder, mut scanner) = stage("");
    let (file, now) = (folder.path().join("lab.wasm"), Instant::now());
    fs::write(&file, b"one").unwrap();
    assert!(scanner.scan(now).found.is_empty());
    fs::write(&file, b"one and two").unwrap();
    assert!(scanner.scan(now + Duration::from_secs(9)).found.is_empty());
    assert!(scanner.scan(now + Duration::from_secs(18)).found.is_empty());
    assert_eq!(names(&scanner.scan(now + Duration::from_secs(19))), ["lab"]);
}

#[test]
fn a_plugin_is_gone_only_after_the_grace_and_not_at_all_if_it_comes_back() {
    let (folder, mut scanner) = stage("");
    let (home, now) = (folder.path().join("lab"), Instant::now());
    install(&home, "lab", b"artifact", b"artifact");
    scanner.scan(now);
    fs::rename(&home, folder.path().join(".aside")).unwrap();
    assert!(scanner.scan(now).gone.is_empty());
    fs::rename(folder.path().join(".aside"), &home).unwrap();
    scanner.scan(now + Duration::from_secs(19));
    assert!(scanner.scan(now + Duration::from_secs(21)).gone.is_empty());
    fs::remove_dir_all(&home).unwrap();
    assert!(scanner.scan(now + Duration::from_secs(30)).gone.is_empty());
    assert_eq!(scanner.scan(now + Duration::from_secs(50)).gone, [DriverName::new("lab")]);
}

#[test]
fn two_of_one_name_or_id_are_refused_with_both_named() {
    let (folder, mut scanner) = stage("");
    install(&folder.path().join("one"), "lab", b"a", b"a");
    install(&folder.path().join("two"), "lab", b"b", b"b");
    install(&folder.path().join("three"), "other", b"c", b"c");
    let other = folder.path().join("three/plugin.toml");
    fs::write(&other, manifest("other", b"c").replace("com.example.other", "com.example.lab")).unwrap();
    let scan = scanner.scan(Instant::now());
    assert_eq!(names(&scan), ["lab"]);
    let reasons: Vec<_> = scan.refused.iter().map(|(.., rejection)| rejection.clone()).collect();
    assert!(reasons.iter().all(|rejection| rejection.reason == RejectReason::DuplicateId), "{reasons:?}");
    assert!(
        reasons.iter().any(|rejection| rejection.message.contains("one/plugin.toml")
            && rejection.message.contains("two/plugin.toml")),
        "{reasons:?}"
    );
    assert!(reasons.iter().any(|rejection| rejection.message.contains("`lab` and `other`")), "{reasons:?}");
}

#[test]
fn a_link_that_is_turned_to_another_release_is_a_change() {
    let (folder, mut scanner) = stage("");
    let releases = tempfile::tempdir().unwrap();
    install(&releases.path().join("1"), "lab", b"one", b"one");
    install(&releases.path().join("2"), "lab", b"two", b"two");
    let link = folder.path().join("lab");
    symlink(releases.path().join("1"), &link).unwrap();
    assert_eq!(scanner.scan(Instant::now()).found[0].1.digest, Digest::of(b"one"));
    let next = folder.path().join(".next");
    symlink(releases.path().join("2"), &next).unwrap();
    fs::rename(next, link).unwrap();
    assert_eq!(scanner.scan(Instant::now()).found[0].1.digest, Digest::of(b"two"));
}

#[test]
fn files_over_their_bounds_and_names_that_are_none_are_refused_not_read() {
    let (folder, mut scanner) = stage(", max_manifest: 1KiB");
    install(&folder.path().join("lab"), "lab", b"a", b"a");
    let long = format!("{}# {}\n", manifest("lab", b"a"), "x".repeat(2000));
    fs::write(folder.path().join("lab/plugin.toml"), long).unwrap();
    fs::write(folder.path().join("No Name.wasm"), b"x").unwrap();
    let now = Instant::now();
    let mut refused = scanner.scan(now).refused;
    refused.extend(scanner.scan(now + LATER).refused);
    let told: Vec<_> = refused.iter().map(|(.., rejection)| rejection.message.as_str()).collect();
    assert!(told.iter().any(|text| text.contains("`plugins.max_manifest` allows 1KiB")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("`No Name` is no driver name")), "{told:?}");
}
