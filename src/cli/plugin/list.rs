//! `plugin list` and `plugin show`.

use std::process::ExitCode;

use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::super::exit::Problem;
use super::super::say;
use super::super::show::print_json;
use super::AdminArgs;
use super::connect::connect;
use crate::grpc::admin::proto::{
    Driver, DriverGeneration, DriverState, GetDriverRequest, ListDriversRequest,
};

/// Characters of a digest that tell builds apart for people.
const SHORT_DIGEST: usize = 12;

pub(super) async fn list(args: &AdminArgs) -> Result<ExitCode, Problem> {
    let drivers = connect(args).await?.list_drivers(ListDriversRequest {}).await?.into_inner().drivers;
    if args.json {
        print_json(&Value::Array(drivers.iter().map(driver_json).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut table =
        table(["DRIVER", "STATE", "GENERATION", "VERSION", "TRUST", "DEVICES", "DIGEST", "ORIGIN"]);
    for driver in &drivers {
        let serving = serving(driver);
        let of = |field: fn(&DriverGeneration) -> String| serving.map_or_else(|| "-".to_owned(), field);
        table.add_row([
            driver.name.clone(),
            state_name(driver.state),
            of(|generation| generation.generation.to_string()),
            of(version),
            of(|generation| generation.trust.clone()),
            driver.device_ids.len().to_string(),
            of(|generation| short(&generation.digest)),
            of(|generation| generation.origin.clone()),
        ]);
    }
    say(table);
    for driver in drivers.iter().filter(|driver| !driver.reason.is_empty()) {
        say(format_args!("{}: {}: {}", driver.name, driver.reason_code, driver.reason));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn show(name: &str, args: &AdminArgs) -> Result<ExitCode, Problem> {
    let request = GetDriverRequest { name: name.to_owned() };
    let driver = connect(args).await?.get_driver(request).await?.into_inner();
    if args.json {
        print_json(&driver_json(&driver));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("{}  {}", driver.name, state_name(driver.state)));
    if !driver.reason.is_empty() {
        say(format_args!("{}: {}", driver.reason_code, driver.reason));
    }
    if !driver.device_ids.is_empty() {
        say(format_args!("devices: {}", driver.device_ids.join(", ")));
    }
    let mut table =
        table(["GENERATION", "STATE", "VERSION", "TRUST", "IN FLIGHT", "SINCE", "DIGEST", "ORIGIN", ""]);
    for generation in &driver.generations {
        let mut notes = Vec::new();
        if generation.canary_share > 0.0 {
            notes.push(format!("on trial with {} %", generation.canary_share * 100.0));
        }
        if generation.rollback_target {
            notes.push("rollback goes here".to_owned());
        }
        table.add_row([
            generation.generation.to_string(),
            state_name(generation.state),
            version(generation),
            generation.trust.clone(),
            generation.in_flight.to_string(),
            generation.since.chars().take("2026-01-01T00:00:00".len()).collect(),
            short(&generation.digest),
            generation.origin.clone(),
            notes.join(", "),
        ]);
    }
    say(table);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(header);
    table
}

fn serving(driver: &Driver) -> Option<&DriverGeneration> {
    driver
        .generations
        .iter()
        .find(|generation| generation.state == DriverState::Active as i32 && generation.canary_share == 0.0)
}

/// The plugin's version where there is one, else the driver's own word.
fn version(generation: &DriverGeneration) -> String {
    let version = if generation.plugin_version.is_empty() {
        &generation.driver_version
    } else {
        &generation.plugin_version
    };
    version.clone()
}

fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(SHORT_DIGEST).collect()
}

pub(super) fn state_name(state: i32) -> String {
    let name = DriverState::try_from(state).map_or("UNKNOWN", |state| state.as_str_name());
    name.trim_start_matches("DRIVER_STATE_").to_owned()
}

fn driver_json(driver: &Driver) -> Value {
    let generations: Vec<_> = driver
        .generations
        .iter()
        .map(|generation| {
            json!({
                "generation": generation.generation,
                "state": state_name(generation.state),
                "digest": generation.digest,
                "origin": generation.origin,
                "runtime": generation.runtime,
                "trust": generation.trust,
                "plugin_id": generation.plugin_id,
                "plugin_version": generation.plugin_version,
                "driver_version": generation.driver_version,
                "in_flight": generation.in_flight,
                "canary_share": generation.canary_share,
                "since": generation.since,
                "rollback_target": generation.rollback_target,
            })
        })
        .collect();
    json!({
        "name": driver.name,
        "state": state_name(driver.state),
        "reason": driver.reason,
        "reason_code": driver.reason_code,
        "devices": driver.device_ids,
        "generations": generations,
    })
}
