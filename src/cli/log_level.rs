//! `log-level`: what a running host's log tells.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::exit::Problem;
use super::plugin::AdminArgs;
use super::plugin::connect::connect;
use super::say;
use super::show::print_json;
use crate::grpc::admin::proto::{GetLogLevelsRequest, SetLogLevelsRequest};

/// Which levels, if they are to change.
#[derive(Debug, Args)]
pub(super) struct LogLevelArgs {
    /// A level, or directives such as `info,driver_manager::guest=debug`; without them, shows what holds
    levels: Option<String>,
    /// Back to what the host was started with.
    #[arg(long, conflicts_with = "levels")]
    reset: bool,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) async fn run(args: &LogLevelArgs) -> Result<ExitCode, Problem> {
    let mut client = connect(&args.admin).await?;
    let answer = match &args.levels {
        Some(levels) => client.set_log_levels(SetLogLevelsRequest { levels: levels.clone() }).await?,
        None if args.reset => client.set_log_levels(SetLogLevelsRequest { levels: String::new() }).await?,
        None => client.get_log_levels(GetLogLevelsRequest {}).await?,
    }
    .into_inner();
    if args.admin.json {
        print_json(&json!({ "levels": answer.levels, "started_with": answer.started_with }));
    } else if answer.levels == answer.started_with {
        say(answer.levels);
    } else {
        say(format!("{} (started with {})", answer.levels, answer.started_with));
    }
    Ok(ExitCode::SUCCESS)
}
