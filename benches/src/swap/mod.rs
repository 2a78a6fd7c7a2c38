//! `swap`: drivers replaced under load, and how long an operator waits for a replacement.
//!
//! One host serves two drivers. Callers ask both at a constant rate while one of the drivers is replaced again
//! and again, by three builds in turn; every answer is checked against what the swaps said. Slices with and
//! without swaps alternate, so that the neighbour's latency is compared within one run.

mod installed;
mod latency;
mod storm;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::host::Programs;
use crate::progress::Progress;
use crate::report;

/// Measured replacements, and how.
#[derive(Args)]
pub struct Options {
    /// A few replacements: shows that everything works, not how fast it is
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/swap.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much of everything.
struct Plan {
    /// Replacements in the storm.
    swaps: usize,
    /// Of those, before memory is looked at for the first time.
    settled: usize,
    /// Replacements whose latency is measured, of each kind.
    timed: usize,
    /// Plugins installed at once.
    plugins: usize,
}

const FULL: Plan = Plan { swaps: 1000, settled: 100, timed: 21, plugins: 200 };
const SHORT: Plan = Plan { swaps: 12, settled: 4, timed: 2, plugins: 10 };

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let plan = if options.short { SHORT } else { FULL };
    let progress = Progress::new(3);
    progress.part(format!("{} swaps under load", plan.swaps));
    let mut rows = storm::rows(&programs, &plan).await?;
    progress.step();
    progress.part("from an operator's call to the first answer");
    rows.extend(latency::rows(&programs, &plan).await?);
    progress.step();
    progress.part(format!("{} plugins installed", plan.plugins));
    rows.extend(installed::rows(&programs, &plan).await?);
    progress.step();
    drop(progress);
    report::finish(
        "swap",
        "drivers replaced under load",
        "WITHOUT SWAPS",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}
