//! Peak memory of reading a large circuit, each in a process of its own: what an allocator has kept from
//! earlier work would hide it.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use eigen_circuit::{Bindings, Source, check};

use super::{MEMORY, inputs, limits};
use crate::report::Row;

/// One row a language, for a circuit of so many operations.
pub fn rows(operations: usize) -> Result<Vec<Row>> {
    ["aqo-json", "openqasm"].into_iter().map(|language| row(language, operations)).collect()
}

fn row(language: &'static str, operations: usize) -> Result<Row> {
    let own = std::env::current_exe().context("this program cannot find itself")?;
    let child = Command::new(own).args(["circuit-memory", language, &operations.to_string()]).output()?;
    ensure!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let beyond: f64 = String::from_utf8_lossy(&child.stdout).trim().parse().context("no number")?;
    let name = format!("{language}/{operations}-operations/memory-beyond-4x-input");
    Ok(Row::new(name, beyond.max(0.0), "bytes/operation").at_most(MEMORY))
}

/// Reads one circuit, and prints by how many bytes an operation memory grew beyond four times the input.
pub fn measure(language: &str, operations: usize) -> Result<()> {
    let gates = inputs::mixed(operations);
    let text = if language == "aqo-json" { inputs::aqo(&gates) } else { inputs::qasm3(&gates) };
    drop(gates);
    // The peak counts from here (proc(5), clear_refs).
    fs::write("/proc/self/clear_refs", "5").context("the peak of memory cannot be reset")?;
    let before = peak()?;
    let source = if language == "aqo-json" {
        Source::AqoJson(text.as_bytes())
    } else {
        Source::Qasm3(text.as_bytes())
    };
    let program = check(source, &Bindings::default(), &limits())?;
    let grown = peak()? - before;
    // The input itself is among the four times that are allowed, and was there before.
    let allowed = 3.0 * text.len() as f64;
    println!("{}", (grown - allowed) / program.steps.len() as f64);
    Ok(())
}

/// Peak resident memory, bytes.
fn peak() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    Ok(kibibytes.context("no VmHWM in /proc/self/status")? * 1024.0)
}
