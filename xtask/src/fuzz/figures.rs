//! What a campaign came to: kept as `fuzz/TARGET.json` in the target folder, where `cargo xtask bench circuit`
//! finds it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

/// The figures of one campaign.
#[derive(Debug, PartialEq, Eq)]
pub struct Figures {
    /// Inputs tried.
    pub runs: u64,
    /// Time spent on them, seconds.
    pub seconds: u64,
    /// Longest time that one input took, milliseconds, rounded up.
    pub slowest_ms: u64,
    /// Peak memory of the fuzzer, MiB.
    pub peak_memory_mib: u64,
    /// Crashes, hangs and inputs over the memory limit. A campaign ends with the first.
    pub findings: u64,
}

impl Figures {
    /// Reads the fuzzer's log.
    pub fn of(log: &str, seconds: u64, findings: u64) -> Self {
        let last = |key: &str| {
            let rest = log.lines().rev().find_map(|line| line.trim().strip_prefix(key));
            rest.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Self {
            runs: last("stat::number_of_executed_units:"),
            seconds,
            slowest_ms: last("slowest input:").div_ceil(1000),
            peak_memory_mib: last("stat::peak_rss_mb:"),
            findings,
        }
    }

    /// Leaves them in a file, with the limit that memory was held to.
    pub fn write(&self, file: &Path, memory_limit_mib: u64) -> Result<()> {
        let value = json!({
            "runs": self.runs,
            "seconds": self.seconds,
            "slowest_ms": self.slowest_ms,
            "peak_memory_mib": self.peak_memory_mib,
            "memory_limit_mib": memory_limit_mib,
            "findings": self.findings,
        });
        fs::write(file, format!("{value:#}\n")).with_context(|| format!("cannot write {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_the_log_counts() {
        let log = "slowest input: 900 us\n#2 INITED cov: 5\nslowest input: 12001 us\n\
                   stat::number_of_executed_units: 321\nstat::peak_rss_mb:              77\n";
        let expected = Figures { runs: 321, seconds: 600, slowest_ms: 13, peak_memory_mib: 77, findings: 0 };
        assert_eq!(Figures::of(log, 600, 0), expected);
    }
}
