//! `plugin`: drivers of a running host listed, replaced and rolled back; plugins signed and looked into.

mod breakers;
mod change;
pub(super) mod connect;
mod events;
mod inspect;
mod keys;
mod list;
mod swap;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::client::block_on;
use super::exit::Problem;

/// What operators and authors of drivers do.
#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// List the drivers of a running host.
    List(AdminArgs),
    /// Show one driver with its generations.
    Show {
        /// The driver.
        name: String,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Put a driver in service that is not.
    Load {
        /// The driver.
        name: String,
        /// A component or a plugin.toml on the host; without one, where the host finds it.
        path: Option<PathBuf>,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Replace a driver by another artifact, without losing a request.
    Swap(swap::SwapArgs),
    /// Go back to the generation that served before.
    Rollback {
        /// The driver.
        name: String,
        /// The generation wanted; without one, the one before.
        #[arg(long, value_name = "GENERATION")]
        to: Option<u64>,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Take a driver out of service.
    Unload {
        /// The driver.
        name: String,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// List the breakers of drivers and devices.
    Breakers(AdminArgs),
    /// Hold a breaker open or closed, or let it go by itself again.
    Breaker(breakers::BreakerArgs),
    /// Have the host read its config again.
    Reload(AdminArgs),
    /// Watch what happens to drivers.
    Events(events::EventsArgs),
    /// Look into a component, a plugin.toml or a plugin's folder, without a host.
    Inspect(inspect::InspectArgs),
    /// Make a key to sign plugins with.
    Keygen(keys::KeygenArgs),
    /// Sign a plugin: its manifest gets the artifact's digest, and a signature beside it.
    Sign(keys::SignArgs),
    /// Say whether a host would trust a plugin, and why.
    Verify(keys::VerifyArgs),
}

/// Where the host's operators' edge is, and how answers look.
#[derive(Debug, Args)]
pub(super) struct AdminArgs {
    /// The host's address for operators: `unix:/path/of/a.sock` or `127.0.0.1:50062`; without one, the socket of a
    /// host of the same user
    #[arg(long, env = "DRIVER_MANAGER_ADMIN", value_name = "ADDRESS")]
    admin: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the command.
pub(super) fn run(command: PluginCommand) -> Result<ExitCode, Problem> {
    match command {
        PluginCommand::List(admin) => block_on(list::list(&admin)),
        PluginCommand::Show { name, admin } => block_on(list::show(&name, &admin)),
        PluginCommand::Load { name, path, admin } => block_on(change::load(name, path, &admin)),
        PluginCommand::Swap(args) => block_on(swap::run(args)),
        PluginCommand::Rollback { name, to, admin } => block_on(change::rollback(name, to, &admin)),
        PluginCommand::Unload { name, admin } => block_on(change::unload(name, &admin)),
        PluginCommand::Breakers(admin) => block_on(breakers::list(&admin)),
        PluginCommand::Breaker(args) => block_on(breakers::set(&args)),
        PluginCommand::Reload(admin) => block_on(change::reload(&admin)),
        PluginCommand::Events(args) => block_on(events::run(&args)),
        PluginCommand::Inspect(args) => inspect::run(&args),
        PluginCommand::Keygen(args) => keys::keygen(&args),
        PluginCommand::Sign(args) => keys::sign(&args),
        PluginCommand::Verify(args) => keys::verify(&args),
    }
}
