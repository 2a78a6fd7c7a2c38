//! `resilience`: what callers get while drivers fail, hang and are asked for too much, what is submitted
//! meanwhile, and what all of that costs a call that needs none of it.
//!
//! The provider is a scripted driver: each request says what becomes of its attempts, and each submission is a
//! line in the host's log, so that what was paid for is counted at the provider's side.

mod faults;
mod overhead;
mod overload;
mod provider;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::host::Programs;
use crate::progress::Progress;
use crate::report;

/// Measured faults, and how.
#[derive(Args)]
pub struct Options {
    /// A little of everything: shows that it works, not how well
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/resilience.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much of everything.
struct Plan {
    /// Requests for each kind of fault.
    requests: usize,
    /// Who ask the same at once.
    herd: usize,
    /// How long too much is asked.
    overload: Duration,
    /// Slices of load with and without the path, and how long each is.
    slices: (usize, Duration),
}

const FULL: Plan = Plan {
    requests: 10_000,
    herd: 1000,
    overload: Duration::from_mins(1),
    slices: (10, Duration::from_secs(1)),
};
const SHORT: Plan = Plan {
    requests: 200,
    herd: 50,
    overload: Duration::from_secs(2),
    slices: (1, Duration::from_millis(200)),
};

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let plan = if options.short { SHORT } else { FULL };
    let progress = Progress::new(3);
    progress.part(format!("{} requests for each kind of fault", plan.requests));
    let mut rows = faults::rows(&programs, &plan).await?;
    progress.step();
    progress.part(format!("four times the capacity, {} s", plan.overload.as_secs()));
    rows.extend(overload::rows(&programs, &plan).await?);
    progress.step();
    progress.part("calls that need none of it");
    rows.extend(overhead::rows(&programs, &plan).await?);
    progress.step();
    drop(progress);
    report::finish(
        "resilience",
        "faults, overload and their price",
        "BESIDE",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}
