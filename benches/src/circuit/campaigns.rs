//! The figures that the last fuzz campaigns left, as rows: `cargo xtask fuzz` writes them, one file a target.
//!
//! A campaign that was never run has been running for 0 s, which is below the goal; of what nobody measured
//! there are no other rows.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::report::Row;

const TARGETS: [&str; 4] = ["qasm", "aqo_json", "aqo_proto", "convert"];
/// Seconds that a campaign has to last.
const SECONDS: f64 = 600.0;
/// Milliseconds that one input of at most 64 KiB may take.
const SLOWEST: f64 = 1000.0;

#[derive(Deserialize)]
struct Figures {
    runs: f64,
    seconds: f64,
    slowest_ms: f64,
    peak_memory_mib: f64,
    memory_limit_mib: f64,
    findings: f64,
}

/// The rows of all targets, from the target folder.
pub fn rows(target: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for name in TARGETS {
        let row = |what: &str, value, unit| Row::new(format!("fuzz/{name}/{what}"), value, unit);
        let file = target.join("fuzz").join(name).with_extension("json");
        let Ok(text) = fs::read(&file) else {
            rows.push(row("time", 0.0, "s").at_least(SECONDS));
            continue;
        };
        let figures: Figures =
            serde_json::from_slice(&text).with_context(|| format!("{} is broken", file.display()))?;
        rows.extend([
            row("time", figures.seconds, "s").at_least(SECONDS),
            row("runs", figures.runs, "inputs"),
            row("findings", figures.findings, "inputs").at_most(0.0),
            row("slowest-input", figures.slowest_ms, "ms").at_most(SLOWEST),
            row("peak-memory", figures.peak_memory_mib, "MiB").at_most(figures.memory_limit_mib),
        ]);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_campaign_that_was_not_run_misses_its_goal_and_claims_nothing_else() -> Result<()> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("fuzz"))?;
        let figures = json!({
            "runs": 7, "seconds": 601, "slowest_ms": 2000, "peak_memory_mib": 90, "memory_limit_mib": 2048,
            "findings": 0,
        });
        fs::write(folder.path().join("fuzz/convert.json"), figures.to_string())?;
        let rows = serde_json::to_value(rows(folder.path())?)?;
        let met: Vec<_> = rows
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                (row["name"].as_str().unwrap_or_default(), row["value"].as_f64(), row["met"].as_bool())
            })
            .collect();
        let expected = [
            ("fuzz/qasm/time", Some(0.0), Some(false)),
            ("fuzz/aqo_json/time", Some(0.0), Some(false)),
            ("fuzz/aqo_proto/time", Some(0.0), Some(false)),
            ("fuzz/convert/time", Some(601.0), Some(true)),
            ("fuzz/convert/runs", Some(7.0), None),
            ("fuzz/convert/findings", Some(0.0), Some(true)),
            ("fuzz/convert/slowest-input", Some(2000.0), Some(false)),
            ("fuzz/convert/peak-memory", Some(90.0), Some(true)),
        ];
        assert_eq!(met, expected);
        Ok(())
    }
}
