//! `plugin breakers` and `plugin breaker`.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::super::exit::Problem;
use super::super::say;
use super::super::show::print_json;
use super::AdminArgs;
use super::connect::connect;
use super::list::table;
use crate::grpc::admin::proto::set_breaker_request::Which;
use crate::grpc::admin::proto::{Breaker, BreakerState, ListDriversRequest, SetBreakerRequest};

/// Which breaker, and what becomes of it.
#[derive(Debug, Args)]
pub(in crate::cli) struct BreakerArgs {
    /// `open` refuses every call, `closed` lets every call pass, `auto` ends that.
    hold: Hold,
    /// The driver, or with --device one of its devices.
    name: String,
    /// The name is a device's, such as sim:local.
    #[arg(long)]
    device: bool,
    #[command(flatten)]
    admin: AdminArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum Hold {
    Open,
    Closed,
    Auto,
}

pub(super) async fn list(args: &AdminArgs) -> Result<ExitCode, Problem> {
    let drivers = connect(args).await?.list_drivers(ListDriversRequest {}).await?.into_inner().drivers;
    let breakers: Vec<Breaker> = drivers.into_iter().flat_map(|driver| driver.breakers).collect();
    if args.json {
        print_json(&Value::Array(breakers.iter().map(as_json).collect()));
    } else if breakers.is_empty() {
        say("no driver has been called yet");
    } else {
        print(&breakers);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn set(args: &BreakerArgs) -> Result<ExitCode, Problem> {
    let name = args.name.clone();
    let hold = match args.hold {
        Hold::Open => BreakerState::Open,
        Hold::Closed => BreakerState::Closed,
        Hold::Auto => BreakerState::Unspecified,
    };
    let which = Some(if args.device { Which::DeviceId(name) } else { Which::Driver(name) });
    let request = SetBreakerRequest { which, hold: hold.into() };
    let breaker = connect(&args.admin).await?.set_breaker(request).await?.into_inner();
    if args.admin.json {
        print_json(&as_json(&breaker));
    } else {
        print(&[breaker]);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(breakers: &[Breaker]) {
    let mut table = table([
        "DRIVER", "DEVICE", "STATE", "HELD", "CALLS", "FAILED", "SLOW", "IN A ROW", "OPENED", "NEXT TRY",
    ]);
    for breaker in breakers {
        let device = if breaker.device_id.is_empty() { "-" } else { &breaker.device_id };
        let next = match breaker.remaining_ms {
            left if left > 0.0 => format!("in {:?}", Duration::from_millis(left as u64)),
            _ => "-".to_owned(),
        };
        table.add_row([
            breaker.driver.clone(),
            device.to_owned(),
            state_name(breaker.state),
            if breaker.forced == 0 { "-".to_owned() } else { state_name(breaker.forced) },
            breaker.calls.to_string(),
            breaker.failures.to_string(),
            breaker.slow.to_string(),
            breaker.consecutive_failures.to_string(),
            breaker.opened.to_string(),
            next,
        ]);
    }
    say(table);
}

fn state_name(state: i32) -> String {
    let name = BreakerState::try_from(state).map_or("UNKNOWN", |state| state.as_str_name());
    name.trim_start_matches("BREAKER_STATE_").to_owned()
}

fn as_json(breaker: &Breaker) -> Value {
    json!({
        "driver": breaker.driver,
        "device": breaker.device_id,
        "state": state_name(breaker.state),
        "held": (breaker.forced != 0).then(|| state_name(breaker.forced)),
        "calls": breaker.calls,
        "failures": breaker.failures,
        "slow": breaker.slow,
        "consecutive_failures": breaker.consecutive_failures,
        "opened": breaker.opened,
        "remaining_ms": breaker.remaining_ms,
    })
}
