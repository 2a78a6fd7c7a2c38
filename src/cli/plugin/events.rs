//! `plugin events`: what happens to drivers, as it happens.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::super::exit::Problem;
use super::super::say;
use super::super::show::sorted;
use super::AdminArgs;
use super::connect::connect;
use crate::grpc::admin::proto::WatchEventsRequest;

/// Which events.
#[derive(Debug, Args)]
pub(in crate::cli) struct EventsArgs {
    /// Only of this driver.
    #[arg(long, value_name = "NAME")]
    driver: Option<String>,
    /// Begin after this event, as far as the host keeps them; 0 begins with what happens next.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) async fn run(args: &EventsArgs) -> Result<ExitCode, Problem> {
    let request = WatchEventsRequest { after: args.after, driver: args.driver.clone().unwrap_or_default() };
    let mut events = connect(&args.admin).await?.watch_events(request).await?.into_inner();
    while let Some(event) = events.message().await? {
        if args.admin.json {
            say(json!({
                "sequence": event.sequence,
                "time": event.time,
                "kind": event.kind,
                "driver": event.driver,
                "generation": event.generation,
                "message": event.message,
                "fields": sorted(&event.fields),
            }));
            continue;
        }
        let generation =
            if event.generation == 0 { String::new() } else { format!(" #{}", event.generation) };
        say(format_args!(
            "{} {:<14} {}{generation}  {}",
            event.time, event.kind, event.driver, event.message
        ));
    }
    Ok(ExitCode::SUCCESS)
}
