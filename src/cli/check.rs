//! `check`: everything that is wrong with a config and its drivers, at once.

use std::process::ExitCode;
use std::sync::Arc;

use super::client::block_on;
use super::exit::Problem;
use super::{ConfigArgs, say};
use crate::app;
use crate::telemetry::Telemetry;

pub(super) fn check(args: &ConfigArgs) -> Result<ExitCode, Problem> {
    let config = match args.load() {
        Ok(config) => Arc::new(config),
        Err(errors) => {
            eprintln!("{errors}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let file = args.config.as_ref().map_or("defaults".into(), |path| path.display().to_string());
    say(format_args!("config: {file}"));
    for warning in config.warnings() {
        say(format_args!("warning: {warning}"));
    }
    let telemetry = Telemetry::new(super::build_info());
    block_on(async {
        let drivers = app::load_drivers(&config, args.reader(), &telemetry, app::Memory::Forgotten)
            .await
            .map_err(|error| Problem::Host(format!("{error:#}")))?;
        for note in &drivers.notes {
            say(format_args!("note: {note}"));
        }
        for active in drivers.manager.registry().snapshot().active() {
            let devices: Vec<_> = active.devices().iter().map(|device| device.id.to_string()).collect();
            say(format_args!(
                "driver {}: ok, {} {} from {}, devices {}",
                active.name,
                active.info.name,
                active.info.version,
                active.identity.origin,
                devices.join(", ")
            ));
        }
        for problem in &drivers.problems {
            eprintln!("{problem}");
        }
        Ok(if drivers.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
