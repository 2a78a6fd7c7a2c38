//! The command line: `serve` and `check` run the host, the others speak to one over gRPC.
//!
//! Exit codes are part of the interface; see [`exit`].

mod chart;
mod check;
mod circuit;
mod client;
mod exit;
mod log_level;
mod plugin;
mod run;
mod serve;
mod show;
mod top;

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigErrors};
use crate::plugin::ReadConfig;

/// Eigen OS Driver Manager: one service between the Kernel and every quantum computer.
#[derive(Debug, Parser)]
#[command(version, about, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve gRPC to the Kernel and HTTP to operators, until SIGTERM or Ctrl-C.
    Serve(ConfigArgs),
    /// Check the config and every driver, and say everything that is wrong.
    Check(ConfigArgs),
    /// List the devices of a running host.
    Devices(ClientArgs),
    /// Show the state of one device.
    Status {
        /// The device, such as sim:local.
        device: String,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Watch a running host: drivers, devices, breakers, requests and events.
    Top(top::TopArgs),
    /// Run a circuit and show its histogram.
    Run(run::RunArgs),
    /// Check, convert or draw a circuit, without a host.
    #[command(subcommand)]
    Circuit(circuit::CircuitCommand),
    /// Drivers of a running host listed, replaced and rolled back; plugins signed and looked into.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Show or change what a running host's log tells.
    LogLevel(log_level::LogLevelArgs),
    /// Calibrate a device.
    Calibrate {
        /// The device, such as sim:local.
        device: String,
        #[command(flatten)]
        client: ClientArgs,
    },
}

#[derive(Debug, Clone, Args)]
struct ConfigArgs {
    /// The config file (YAML); without one, the defaults hold.
    #[arg(long, env = "DRIVER_MANAGER_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, ConfigErrors> {
        Config::load(self.config.as_deref(), &|name| std::env::var(name).ok())
    }

    /// Reads the same config again, later.
    fn reader(&self) -> ReadConfig {
        let args = self.clone();
        Arc::new(move || args.load())
    }
}

#[derive(Debug, Args)]
struct ClientArgs {
    /// The host to speak to.
    #[arg(long, env = "DRIVER_MANAGER_ENDPOINT", default_value = "http://127.0.0.1:50061")]
    endpoint: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What this build says about itself.
fn build_info() -> crate::telemetry::metrics::BuildInfo {
    crate::telemetry::metrics::BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        interface: crate::wasm::INTERFACE_VERSION,
    }
}

/// Writes a line to stdout. A reader that has gone, as in `| head`, is no reason to panic.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::serve(&args),
        Command::Check(args) => check::check(&args),
        Command::Devices(client) => client::block_on(show::devices(&client)),
        Command::Status { device, client } => client::block_on(show::status(&device, &client)),
        Command::Top(args) => client::block_on(top::run(&args)),
        Command::Run(args) => client::block_on(run::run(&args)),
        Command::Circuit(command) => circuit::run(&command),
        Command::Plugin(command) => plugin::run(command),
        Command::LogLevel(args) => client::block_on(log_level::run(&args)),
        Command::Calibrate { device, client } => client::block_on(show::calibrate(&device, &client)),
    };
    done.unwrap_or_else(|problem| problem.report())
}
