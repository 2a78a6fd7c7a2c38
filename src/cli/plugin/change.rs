//! `plugin load|unload|rollback|reload`, and how the answer to a change looks.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::super::exit::Problem;
use super::super::say;
use super::super::show::print_json;
use super::AdminArgs;
use super::connect::connect;
use crate::grpc::admin::proto::{
    ChangeResponse, LoadDriverRequest, Outcome, ReloadConfigRequest, RollbackDriverRequest,
    UnloadDriverRequest,
};

pub(super) async fn load(name: String, path: Option<PathBuf>, args: &AdminArgs) -> Result<ExitCode, Problem> {
    let path = path.as_deref().map(absolute).transpose()?.unwrap_or_default();
    let request = LoadDriverRequest { name: name.clone(), path };
    let change = connect(args).await?.load_driver(request).await?.into_inner();
    print(&name, &change, args.json);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn unload(name: String, args: &AdminArgs) -> Result<ExitCode, Problem> {
    let request = UnloadDriverRequest { name: name.clone() };
    let change = connect(args).await?.unload_driver(request).await?.into_inner();
    print(&name, &change, args.json);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn rollback(name: String, to: Option<u64>, args: &AdminArgs) -> Result<ExitCode, Problem> {
    let request = RollbackDriverRequest { name: name.clone(), generation: to.unwrap_or_default() };
    let change = connect(args).await?.rollback_driver(request).await?.into_inner();
    print(&name, &change, args.json);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn reload(args: &AdminArgs) -> Result<ExitCode, Problem> {
    let reload = connect(args).await?.reload_config(ReloadConfigRequest {}).await?.into_inner();
    if args.json {
        print_json(&json!({
            "applied": reload.applied,
            "restart_required": reload.restart_required,
            "drivers": reload.drivers,
            "problems": reload.problems,
        }));
    } else {
        let lists = [
            ("now in force", &reload.applied),
            ("only after a restart", &reload.restart_required),
            ("drivers changed", &reload.drivers),
        ];
        for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            say(format_args!("{title}: {}", list.join(", ")));
        }
        if reload.applied.is_empty() && reload.restart_required.is_empty() && reload.drivers.is_empty() {
            say("nothing changed");
        }
        reload.problems.iter().for_each(|problem| eprintln!("{problem}"));
    }
    Ok(if reload.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The host reads paths in its own working directory, so ours is made plain.
pub(super) fn absolute(path: &Path) -> Result<String, Problem> {
    let absolute = std::path::absolute(path);
    let absolute = absolute.map_err(|error| Problem::Usage(format!("{}: {error}", path.display())))?;
    absolute
        .into_os_string()
        .into_string()
        .map_err(|path| Problem::Usage(format!("{}: the path is not UTF-8", path.to_string_lossy())))
}

/// Says what became of a change.
pub(super) fn print(name: &str, change: &ChangeResponse, as_json: bool) {
    let outcome = Outcome::try_from(change.outcome).unwrap_or(Outcome::Unspecified);
    if as_json {
        let outcome = outcome.as_str_name().trim_start_matches("OUTCOME_");
        print_json(&json!({
            "driver": name,
            "outcome": outcome,
            "generation": change.generation,
            "previous_generation": change.previous_generation,
            "digest": change.digest,
            "lost_devices": change.lost_devices,
            "new_devices": change.new_devices,
            "elapsed_ms": change.elapsed_ms,
        }));
        return;
    }
    let now = match change.generation {
        0 => "is out of service".to_owned(),
        generation => format!("generation {generation} serves"),
    };
    let before = match change.previous_generation {
        0 => String::new(),
        previous if previous == change.generation => String::new(),
        previous => format!(", after generation {previous}"),
    };
    let text = match outcome {
        Outcome::Unchanged => format!("{name}: nothing to change, {now}"),
        Outcome::WouldChange => format!("{name}: nothing speaks against it (dry run)"),
        Outcome::Canary => {
            format!("{name}: generation {} is on trial; watch it with `plugin events`", change.generation)
        }
        _ => format!("{name}: {now}{before} ({:.0} ms)", change.elapsed_ms),
    };
    say(text);
    for (what, devices) in [("devices gone", &change.lost_devices), ("new devices", &change.new_devices)] {
        if !devices.is_empty() {
            say(format_args!("  {what}: {}", devices.join(", ")));
        }
    }
}
