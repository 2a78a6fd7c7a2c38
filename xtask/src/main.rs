//! `cargo xtask`: the commands a developer types.
//!
//! One file per command; what they share is [`project`] (where things are), [`process`] (children,
//! their logs, and that none outlives us) and [`progress`] (what the terminal shows meanwhile).
//! Plain blocking code with few dependencies, because a newcomer waits for it to compile first.

mod apt;
mod bench;
mod bridge;
mod demo;
mod fuzz;
mod guests;
mod pictures;
mod process;
mod progress;
mod project;
mod python_sdks;
mod server;
mod test;
mod toolchain;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

/// Commands of the Eigen OS Driver Manager project
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start the server, run a Bell circuit in AQO and in QASM 3
    Demo,
    /// Format, lints, dependency rules, and every test; goes on after a failure
    Test(test::Options),
    /// Build the drivers in plugins/ to components in plugins/dist/
    Guests {
        /// Also the misbehaving drivers of tests/guests
        #[arg(long)]
        fixtures: bool,
    },
    /// Build the worker of Python drivers to python-bridge/dist/
    Bridge,
    /// Install the SDKs of the drivers in plugins/python to target/python-sdks/
    PythonSdks,
    /// Get a Rust toolchain ready that builds WebAssembly, and say which
    Toolchain,
    /// Build in release mode and measure, such as `bench dispatch`
    Bench(bench::Options),
    /// Take the pictures of the console in docs/images anew
    Pictures,
    /// Look for inputs that the circuit front end cannot stand
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    process::end_children_on_signals()?;
    let project = Project::find()?;
    match command {
        Command::Demo => demo::run(&project)?,
        Command::Test(options) => return Ok(test::run(&project, &options)),
        Command::Bridge => bridge::build(&project)?,
        Command::PythonSdks => python_sdks::build(&project)?,
        Command::Guests { fixtures } => {
            let toolchain = toolchain::ready(&project)?;
            guests::build(&project, &toolchain, guests::PLUGINS)?;
            if fixtures {
                guests::build(&project, &toolchain, guests::FIXTURES)?;
            }
        }
        Command::Toolchain => drop(toolchain::ready(&project)?),
        Command::Bench(options) => bench::run(&project, &options)?,
        Command::Pictures => pictures::run(&project)?,
        Command::Fuzz(options) => fuzz::run(&project, &options)?,
    }
    Ok(ExitCode::SUCCESS)
}
