//! `cargo xtask bench NAME`: a measurement, in release mode and with the real components.
//!
//! The benchmark itself, its table, and the JSON it leaves in `bench/NAME.json` of the target folder
//! belong to the `benches` crate; here is only what must be built before.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::project::Project;
use crate::{bridge, guests, process, toolchain};

/// Link-time optimisation takes its time on a small machine.
const BUILD_LIMIT: Duration = Duration::from_hours(2);

/// Benchmarks of libraries, which start no host.
const WITHOUT_HOST: [&str; 1] = ["circuit"];

/// Benchmarks of drivers in Python.
const WITH_WORKER: [&str; 1] = ["python"];

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The benchmark, such as `dispatch`
    name: String,
    /// Handed on to the benchmark
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds everything in release mode, then measures.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let with_host = !WITHOUT_HOST.contains(&options.name.as_str());
    if with_host {
        let toolchain = toolchain::ready(project)?;
        guests::build(project, &toolchain, guests::PLUGINS)?;
        guests::build(project, &toolchain, guests::FIXTURES)?;
        if WITH_WORKER.contains(&options.name.as_str()) {
            bridge::build(project)?;
        }
    }
    let log = project.log("bench", "build")?;
    let mut build = project.cargo(".");
    build.args(["build", "--release", "--package", "driver-manager-bench"]);
    if with_host {
        build.args(["--package", "driver-manager"]);
    }
    process::logged("build in release mode", &mut build, &log, BUILD_LIMIT)?;

    let mut bench = project.cargo(".");
    bench.args(["run", "--quiet", "--release", "--package", "driver-manager-bench", "--", &options.name]);
    process::inherit(bench.args(&options.arguments))
}
