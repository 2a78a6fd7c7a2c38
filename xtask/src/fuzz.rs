//! `cargo xtask fuzz`: the circuit front end under a coverage-guided fuzzer.
//!
//! The targets lie in `circuit/fuzz`; what is found goes to its `regressions/`, which the ordinary tests run
//! through. Seeds are the corpus and the examples, the fuzzer's own corpus grows in the target folder, and so
//! do the figures of the last campaign ([`Figures`]).

mod figures;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::figures::Figures;
use crate::project::Project;
use crate::{process, tools};

const TARGETS: [&str; 4] = ["qasm", "aqo_json", "aqo_proto", "convert"];
/// Seconds on the wall after which an input hangs. One second of the processor's time is a finding too: the
/// targets see to that.
const SLOWEST: u64 = 20;
/// Memory of a fuzzer, MiB.
const MEMORY: u64 = 2048;

/// Instrumented, and optimised.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// What to fuzz, and for how long.
#[derive(Args)]
pub struct Options {
    /// One of `qasm`, `aqo_json`, `aqo_proto`, `convert`; all of them by default
    target: Option<String>,
    /// Minutes for each target
    #[arg(long, default_value_t = 10)]
    minutes: u64,
}

/// Fuzzes the targets one after another; stops at the first finding.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let targets: Vec<&str> = match &options.target {
        Some(name) => vec![name],
        None => TARGETS.to_vec(),
    };
    let program = tools::cargo_tool(project, "cargo-fuzz", "^0.13")?;
    for target in targets {
        ensure!(TARGETS.contains(&target), "there is no target `{target}`; there are {}", TARGETS.join(", "));
        let home = project.target().join("fuzz").join(target);
        let (corpus, seeds) = (home.join("corpus"), home.join("seeds"));
        fs::create_dir_all(&corpus)?;
        plant(project.root(), target, &seeds)?;
        let (built, log) = (project.log("fuzz", &format!("build-{target}"))?, project.log("fuzz", target)?);
        let tool = |verb: &str| {
            let mut command = project.command(&program, "circuit/fuzz");
            // The compiler's coverage instrumentation is not stable yet.
            command.env("RUSTC_BOOTSTRAP", "1").args([verb, "--fuzz-dir", ".", target]);
            command
        };
        process::logged(&format!("build fuzz target {target}"), &mut tool("build"), &built, BUILD_LIMIT)?;
        let mut command = tool("run");
        command.arg(&corpus).arg(&seeds).arg("--");
        command.arg(format!("-max_total_time={}", options.minutes * 60));
        command.args(["-max_len=65536".to_owned(), format!("-timeout={SLOWEST}")]);
        command.arg(format!("-rss_limit_mb={MEMORY}")).arg("-print_final_stats=1");
        command.arg(format!("-artifact_prefix={}/", home.display()));
        let started = Instant::now();
        let limit = Duration::from_mins(options.minutes + 60);
        let outcome = process::logged(&format!("fuzz {target}"), &mut command, &log, limit);
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let figures = Figures::of(&text, started.elapsed().as_secs(), u64::from(outcome.is_err()));
        figures.write(&home.with_extension("json"), MEMORY)?;
        outcome.with_context(|| {
            format!("add what was found to circuit/fuzz/regressions/{target} once it is mended")
        })?;
        println!(
            "{target}: {} runs in {} s, nothing found; slowest input {} ms, {} MiB at most; {}",
            figures.runs,
            figures.seconds,
            figures.slowest_ms,
            figures.peak_memory_mib,
            log.display()
        );
    }
    Ok(())
}

/// The corpus and the examples, as the target reads them.
fn plant(root: &Path, target: &str, seeds: &Path) -> Result<()> {
    fs::create_dir_all(seeds)?;
    for folder in ["circuit/tests/corpus", "examples"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root.join(folder))?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        for file in files {
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
            let kind: u8 = match ending.as_str() {
                "qasm" => 0,
                "json" => 1,
                _ => continue,
            };
            let mut bytes = fs::read(&file)?;
            match (target, kind) {
                ("convert", _) => bytes.insert(0, kind),
                ("qasm", 0) | ("aqo_json", 1) => {}
                _ => continue,
            }
            fs::write(seeds.join(file.file_name().context("a file without a name")?), bytes)?;
        }
    }
    Ok(())
}
