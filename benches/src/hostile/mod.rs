//! `hostile`: what each way to misbehave costs a neighbour, beside a harmless guest that burns the processor, and
//! what a host still holds after a thousand attacks.

mod attack;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::host::Programs;
use crate::progress::Progress;
use crate::report;

/// Measured attacks, and how.
#[derive(Args)]
pub struct Options {
    /// A few attacks: shows that everything works, not what it costs
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/hostile.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much of everything.
struct Plan {
    /// Ways to misbehave; all if there are fewer.
    words: usize,
    /// Turns of each attack and of the harmless guest beside it.
    rounds: usize,
    /// Time of a turn.
    slice: Duration,
    /// Attacks after which nothing is left.
    attacks: usize,
}

const FULL: Plan = Plan { words: usize::MAX, rounds: 4, slice: Duration::from_secs(1), attacks: 1000 };
const SHORT: Plan = Plan { words: 4, rounds: 1, slice: Duration::from_millis(300), attacks: 20 };

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let plan = if options.short { SHORT } else { FULL };
    let progress = Progress::new(1);
    progress.part("every way to misbehave, beside a neighbour");
    let rows = attack::rows(&programs, &plan).await?;
    progress.step();
    drop(progress);
    report::finish(
        "hostile",
        "what attacks cost a neighbour",
        "HARMLESS",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}
