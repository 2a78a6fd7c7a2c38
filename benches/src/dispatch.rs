//! `dispatch`: what the host adds to a call, what it needs to start, and what it weighs.
//!
//! Three servers run side by side: a bare one ([`crate::echo`]), and the host at two log levels. They take
//! turns under each load, round after round, so that whatever else slows the machine slows all of them;
//! a row is the median of its rounds. Each host has a config of its own: free loopback ports, empty
//! folders, no plugin directories, the log in a file, and otherwise the defaults.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs, thread};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use tempfile::TempDir;

use crate::load::{Load, Sample, median};
use crate::progress::Progress;
use crate::report::{self, Row};
use crate::server::{Server, ensure_filled};

/// Measured loads, and how.
#[derive(Args)]
pub struct Options {
    /// A few seconds in all: shows that everything works, not how fast it is
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/dispatch.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How long everything takes.
struct Plan {
    /// Turns of each server under each load.
    rounds: usize,
    /// How long a turn lasts.
    slice: Duration,
    /// Load before the first round, for each server and load.
    warm_up: Duration,
    /// Starts with a cold cache, and as many with a warm one.
    starts: usize,
}

const FULL: Plan =
    Plan { rounds: 7, slice: Duration::from_secs(1), warm_up: Duration::from_millis(500), starts: 7 };
const SHORT: Plan =
    Plan { rounds: 2, slice: Duration::from_millis(100), warm_up: Duration::from_millis(20), starts: 1 };

/// The log levels that hosts are measured at; the first is the default.
const LEVELS: [&str; 2] = ["info", "warn"];

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let plan = if options.short { SHORT } else { FULL };
    let steps = plan.starts + (plan.rounds + 1) * Load::ALL.len();
    let progress = Progress::new(steps);
    let mut rows = Vec::new();

    let (cold, warm, bare) = starts(&programs, &plan, &progress).await?;
    let mut servers = Servers::start(&programs).await?;
    let idle = servers.resident()?;
    rows.extend(servers.load(&plan, &progress).await?);
    let loaded = servers.resident()?;
    drop(progress);

    rows.push(Row::new("start/cold-cache", cold, "ms").beside(bare));
    rows.push(Row::new("start/warm-cache", warm, "ms").beside(bare));
    rows.push(Row::new("memory/after-start", idle.host, "MiB").beside(idle.bare));
    rows.push(Row::new("memory/after-load", loaded.host, "MiB").beside(loaded.bare));
    rows.push(Row::new("size/binary", programs.host_size()?, "MiB"));

    let cores = thread::available_parallelism().map_or(0, usize::from);
    report::finish(
        "dispatch",
        &format!("Bell, 2 qubits, 1024 shots; {cores} cores"),
        "BARE SERVER",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}

/// What is measured.
struct Programs {
    host: PathBuf,
    /// This program, which is the bare server too.
    own: PathBuf,
    target: PathBuf,
}

impl Programs {
    /// The host's binary lies beside our own, where one build puts both.
    fn find() -> Result<Self> {
        let own = env::current_exe().context("this program cannot find itself")?;
        let host = own.with_file_name("driver-manager");
        ensure!(
            host.is_file(),
            "there is no {}; `cargo xtask bench dispatch` builds everything that is needed",
            host.display()
        );
        let target = own.ancestors().nth(2).context("this program is in no target folder")?.to_path_buf();
        Ok(Self { host, own, target })
    }

    fn host_size(&self) -> Result<f64> {
        let bytes = fs::metadata(&self.host)?.len();
        Ok(bytes as f64 / f64::from(1 << 20))
    }

    /// Starts a host that keeps everything it writes in the folder.
    async fn start_host(&self, folder: &Path, level: &str) -> Result<Server> {
        // JSON is YAML, whatever characters a path has.
        let config = json!({
            "grpc": { "bind": "127.0.0.1:0" },
            "http": { "bind": "127.0.0.1:0" },
            "admin": { "enabled": false },
            "log": { "level": level, "format": "json" },
            "wasm": { "cache_dir": folder.join("cache"), "state_dir": folder.join("state") },
            "plugins": { "directories": [] },
        });
        let file = folder.join("config.yaml");
        fs::write(&file, config.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = Command::new(&self.host);
        command.args(["serve", "--config"]).arg(&file);
        // The user's own overrides are for the user's own host.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("DRIVER_MANAGER_") {
                command.env_remove(name);
            }
        }
        Server::start(command, &folder.join("log")).await
    }

    async fn start_bare(&self, folder: &Path) -> Result<Server> {
        let mut command = Command::new(&self.own);
        command.arg("echo");
        Server::start(command, &folder.join("log")).await
    }
}

/// Median times from process creation to readiness, ms: a host that compiles its drivers, one that finds
/// them compiled, and the bare server.
async fn starts(programs: &Programs, plan: &Plan, progress: &Progress) -> Result<(f64, f64, f64)> {
    let millis = |server: &Server| server.started_in.as_secs_f64() * 1e3;
    let (mut cold, mut warm, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    progress.part(format!("starts: {} of each kind", plan.starts));
    for _ in 0..plan.starts {
        let folder = scratch()?;
        cold.push(millis(&programs.start_host(folder.path(), LEVELS[0]).await?));
        ensure_filled(&folder.path().join("cache"))?;
        warm.push(millis(&programs.start_host(folder.path(), LEVELS[0]).await?));
        bare.push(millis(&programs.start_bare(folder.path()).await?));
        progress.step();
    }
    Ok((median(cold), median(warm), median(bare)))
}

fn scratch() -> Result<TempDir> {
    tempfile::tempdir().context("cannot make a temporary folder")
}

/// The servers under load, each with the folder it writes to.
struct Servers {
    bare: Server,
    /// As many as there are [`LEVELS`].
    hosts: Vec<Server>,
    _folders: Vec<TempDir>,
}

/// Resident memory, MiB.
struct Resident {
    bare: f64,
    host: f64,
}

impl Servers {
    async fn start(programs: &Programs) -> Result<Self> {
        let folder = scratch()?;
        let bare = programs.start_bare(folder.path()).await?;
        let (mut hosts, mut folders) = (Vec::new(), vec![folder]);
        for level in LEVELS {
            let folder = scratch()?;
            // The first start fills the cache: a host that has just compiled holds on to more memory.
            drop(programs.start_host(folder.path(), level).await?);
            hosts.push(programs.start_host(folder.path(), level).await?);
            folders.push(folder);
        }
        Ok(Self { bare, hosts, _folders: folders })
    }

    /// Memory of the bare server, and of the host at the default level.
    fn resident(&self) -> Result<Resident> {
        Ok(Resident { bare: self.bare.resident()?, host: self.hosts[0].resident()? })
    }

    /// All servers in turn, under every load, round after round.
    async fn load(&mut self, plan: &Plan, progress: &Progress) -> Result<Vec<Row>> {
        let all = || std::iter::once(&self.bare).chain(&self.hosts);
        progress.part("warm-up");
        for load in Load::ALL {
            for server in all() {
                load.run(server.endpoint(), plan.warm_up).await?;
            }
            progress.step();
        }
        // By load, then by server, then by round.
        let mut samples = Load::ALL.map(|_| all().map(|_| Vec::new()).collect::<Vec<_>>());
        for round in 1..=plan.rounds {
            progress.part(format!("load: round {round} of {}", plan.rounds));
            for (load, samples) in Load::ALL.into_iter().zip(&mut samples) {
                for (server, samples) in all().zip(samples) {
                    samples.push(load.run(server.endpoint(), plan.slice).await?);
                }
                progress.step();
            }
        }
        let mut rows = Vec::new();
        for (index, level) in LEVELS.iter().enumerate() {
            for (load, samples) in Load::ALL.iter().zip(&samples) {
                let name = format!("bell/{level}/{}", load.name());
                rows.extend(load_rows(&name, &samples[0], &samples[index + 1]));
            }
        }
        Ok(rows)
    }
}

fn load_rows(name: &str, bare: &[Sample], host: &[Sample]) -> [Row; 4] {
    let row = |measure: &str, unit, of: fn(&Sample) -> f64| {
        let of_all = |samples: &[Sample]| median(samples.iter().map(of));
        Row::new(format!("{name}/{measure}"), of_all(host), unit).beside(of_all(bare))
    };
    let driver = median(host.iter().map(|sample| sample.driver));
    [
        row("p50", "µs", |sample| sample.p50),
        row("p99", "µs", |sample| sample.p99),
        row("rate", "calls/s", |sample| sample.rate),
        Row::new(format!("{name}/p50-in-driver"), driver, "µs"),
    ]
}
