//! The workers of a host: its children that run an interpreter.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// Their process ids.
pub(super) fn of(host: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) else { continue };
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse::<u32>().ok());
        if parent == Some(host) && runs(id) {
            found.push(id);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a process is an interpreter with a worker in it.
pub(super) fn runs(id: u32) -> bool {
    fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| {
        let words: Vec<_> = line.split(|byte| *byte == 0).collect();
        // A launcher has the same words behind its own name.
        words.first().is_some_and(|program| program.ends_with(b"python3"))
            && words.iter().any(|word| word.ends_with(b"bootstrap.py"))
    })
}

/// Kills one of them; whether there was one.
pub(super) fn kill_any(host: u32, random: &mut StdRng) -> Result<bool> {
    let workers = of(host)?;
    let Some(worker) = workers.choose(random) else { return Ok(false) };
    let killed =
        Command::new("kill").args(["-9", &worker.to_string()]).status().context("there is no kill")?;
    Ok(killed.success())
}
