//! The files of `deploy/observability` and the runbook, and what they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that name metrics.
pub const NAMING: [&str; 5] = [
    "deploy/observability/rules/alerts.yml",
    "deploy/observability/rules/recording.yml",
    "deploy/observability/rules/tests.yml",
    "deploy/observability/grafana/driver-manager.json",
    "docs/runbook.md",
];

/// A file of the project.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Its text.
pub fn text(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The metrics that a text names. Recorded series have colons in their names and are no metrics of a host.
pub fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.starts_with("eigen_") && !word.contains(':')).map(str::to_owned).collect()
}

/// What a text records or alerts of, by the key that names it.
pub fn named<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let start = format!("- {key}: ");
    text.lines().filter_map(|line| line.trim_start().strip_prefix(start.as_str())).map(str::trim).collect()
}
