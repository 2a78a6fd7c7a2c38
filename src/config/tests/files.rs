//! The example file and the reference, held to the code.

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::Value as Json;

use super::*;
use crate::config::tree::{Node, Value};

const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/driver_manager.yaml"));
const REFERENCE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md"));

/// Sections whose keys are the operator's own.
const OPEN: [&str; 3] = ["plugins.trust.directories", "plugins.trust.keys", "telemetry.traces.headers"];

/// Every key of the configuration, from its serialised defaults; `drivers` apart.
fn keys() -> BTreeSet<String> {
    fn walk(path: &str, value: &Json, keys: &mut BTreeSet<String>) {
        match value {
            Json::Object(map) if !OPEN.contains(&path) => {
                map.iter().for_each(|(key, value)| walk(&join(path, key), value, keys));
            }
            _ => _ = keys.insert(path.to_owned()),
        }
    }
    let mut all = serde_json::to_value(Config::default()).unwrap();
    all.as_object_mut().unwrap().remove("drivers");
    let mut keys = BTreeSet::new();
    walk("", &all, &mut keys);
    assert!(keys.len() > 50);
    keys
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Keys of one driver's section.
fn driver_keys() -> BTreeSet<String> {
    let driver = serde_json::to_value(DriverConfig::default()).unwrap();
    driver.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_example_file_holds_the_defaults_but_for_fault_injection_and_unverified_plugins() {
    let mut config = load(EXAMPLE).unwrap();
    let fault_injection = config.drivers.get_mut(SIMULATOR).unwrap().settings.remove("fault_injection");
    assert_eq!(fault_injection.as_deref(), Some("true"));
    let unverified = std::mem::take(&mut config.plugins.trust.directories);
    assert_eq!(unverified, [(PathBuf::from("./plugins"), TrustPolicy::None)].into());
    assert_eq!(config, Config::default());
    let warnings = load(EXAMPLE).unwrap().warnings();
    for expected in ["nothing there is verified", "fault injection is on"] {
        assert!(warnings.iter().any(|warning| warning.contains(expected)), "{warnings:?}");
    }
}

#[test]
fn the_files_to_start_from_are_right() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");
    for name in ["simulator.yaml", "slow_qpu.yaml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let config = load(&text).unwrap();
        assert_ne!(config.resilience, Config::default().resilience, "{name}");
    }
    let text = std::fs::read_to_string(folder.join("python.yaml")).unwrap();
    assert_eq!(load(&text).unwrap().python.standby, 1);
}

#[test]
fn the_example_file_names_every_key() {
    fn walk(path: &str, node: &Node, keys: &mut BTreeSet<String>) {
        match &node.value {
            Value::Map(entries)
                if !(OPEN.contains(&path) || entries.is_empty() && path.starts_with("drivers.")) =>
            {
                for entry in entries {
                    walk(&join(path, &entry.key), &entry.node, keys);
                }
            }
            _ => _ = keys.insert(path.to_owned()),
        }
    }
    let mut written = BTreeSet::new();
    walk("", &crate::config::yaml::parse(EXAMPLE).unwrap(), &mut written);
    let (drivers, others): (BTreeSet<_>, BTreeSet<_>) =
        written.into_iter().partition(|key| key.starts_with("drivers."));
    assert_eq!(others, keys());
    for key in driver_keys() {
        let key = format!("drivers.simulator.{key}");
        assert!(drivers.iter().any(|written| written.starts_with(&key)), "{key} is missing");
    }
}

/// Keys and defaults in the reference's tables.
fn rows() -> Vec<(&'static str, &'static str)> {
    let cell = |cell: &'static str| cell.trim().strip_prefix('`')?.strip_suffix('`');
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix('|')?.split('|');
        let (key, default) = (cell(cells.next()?)?, cell(cells.next()?)?);
        key.contains('.').then_some((key, default))
    };
    REFERENCE.lines().filter_map(row).collect()
}

#[test]
fn the_reference_lists_every_key_once() {
    let expected: BTreeSet<String> =
        keys().into_iter().chain(driver_keys().iter().map(|key| format!("drivers.NAME.{key}"))).collect();
    let listed: BTreeSet<String> = rows().iter().map(|(key, _)| (*key).to_owned()).collect();
    assert_eq!(listed, expected);
    assert_eq!(rows().len(), listed.len());
    for variable in
        [environment::GRPC_BIND, environment::METRICS_PORT, environment::ADMIN_BIND, environment::LOG_LEVEL]
    {
        assert!(REFERENCE.contains(&format!("| `{variable}` |")), "{variable}");
    }
}

#[test]
fn every_default_in_the_reference_is_the_real_one() {
    for (key, default) in rows() {
        let nested = key.replace('.', ": {").replace("NAME", SIMULATOR);
        let text = format!("{{{nested}: {default}{}}}", "}".repeat(key.matches('.').count()));
        assert_eq!(load(&text).unwrap(), Config::default(), "{text}");
    }
}
