//! `python`: what a driver in Python costs beside one in WebAssembly, how many waits it holds at once, and what callers
//! notice when its processes are killed.

mod calls;
mod kills;
mod workers;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::host::Programs;
use crate::progress::Progress;
use crate::report;

/// Measured calls and kills, and how.
#[derive(Args)]
pub struct Options {
    /// A little of everything: shows that it works, not how well
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/python.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much of everything.
struct Plan {
    /// Turns of both drivers, and how long each is.
    slices: (usize, Duration),
    /// Calls that wait at once.
    waits: usize,
    /// How long they are asked for.
    waiting: Duration,
    /// Requests while workers are killed.
    requests: usize,
    /// Workers killed one by one, for the time until the driver answers again.
    killed: usize,
}

const FULL: Plan = Plan {
    slices: (10, Duration::from_secs(1)),
    waits: 1000,
    waiting: Duration::from_secs(10),
    requests: 10_000,
    killed: 20,
};
const SHORT: Plan = Plan {
    slices: (2, Duration::from_millis(200)),
    waits: 100,
    waiting: Duration::from_secs(1),
    requests: 300,
    killed: 2,
};

/// The system's interpreter: workers may be another user, who cannot look into home folders.
const INTERPRETER: &str = "/usr/bin/python3";

/// A driver that does nothing, and one that waits.
const NOTHING: &str = "
class Driver:
    name = 'nothing'
    def get_devices(self):
        return [{'device_id': 'py:nothing', 'capabilities': {'max_qubits': 8, 'idempotent': True}}]
    def execute_circuit(self, device_id, circuit, shots, options):
        return {'01': shots}, 0.0, {}
";
const WAITS: &str = "
import asyncio
class Driver:
    name = 'waits'
    def get_devices(self):
        return [{'device_id': 'py:waits', 'capabilities': {'max_qubits': 8, 'idempotent': True}}]
    async def execute_circuit(self, device_id, circuit, shots, options):
        await asyncio.sleep(0.1)
        return {'01': shots}, 0.1, {}
";

/// One that takes its time, so that a kill meets requests, and whose answer is that of one request alone. It tells which
/// attempt it was.
const WORKS: &str = "
import time
from eigen_driver import current_call
class Driver:
    name = 'works'
    def get_devices(self):
        return [{'device_id': 'py:works', 'capabilities': {'max_qubits': 8, 'idempotent': True}}]
    def execute_circuit(self, device_id, circuit, shots, options):
        time.sleep(0.01)
        return {'01': shots}, 0.01, {'attempt': str(current_call().attempt)}
";

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let plan = if options.short { SHORT } else { FULL };
    let progress = Progress::new(3);
    progress.part("a driver that does nothing, in Python and in WebAssembly");
    let mut rows = calls::overhead(&programs, &plan).await?;
    progress.step();
    progress.part(format!("{} waits at once", plan.waits));
    rows.extend(calls::waits(&programs, &plan).await?);
    progress.step();
    progress.part(format!("{} requests while workers are killed", plan.requests));
    rows.extend(kills::rows(&programs, &plan).await?);
    progress.step();
    drop(progress);
    report::finish(
        "python",
        "workers beside components, and their deaths",
        "BESIDE",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}

/// Installs a driver without a manifest.
fn install(folder: &Path, name: &str, source: &str) -> Result<()> {
    let plugins = folder.join("plugins");
    std::fs::create_dir_all(&plugins)?;
    Ok(std::fs::write(plugins.join(format!("{name}_driver.py")), source)?)
}

/// What every host here has; `more` of the section `python`.
fn config(more: Value) -> Result<Value> {
    let bridge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python-bridge/dist");
    let bridge = bridge.canonicalize().context("the worker is not built: run `cargo xtask bridge`")?;
    ensure!(Path::new(INTERPRETER).exists(), "there is no {INTERPRETER}");
    let mut python = json!({ "interpreter": INTERPRETER, "bridge": bridge });
    if let (Value::Object(python), Value::Object(more)) = (&mut python, more) {
        python.extend(more);
    }
    Ok(json!({ "python": python }))
}
