//! Many plugins at once: how long a start takes, and what each weighs while nobody asks it.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Plan;
use crate::host::{Host, Programs, ask, install, scratch};
use crate::report::Row;

/// Milliseconds that a start may take with everything compiled.
const START: f64 = 2000.0;
/// MiB that an idle plugin may take beyond its code.
const IDLE: f64 = 1.0;

pub(super) async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let none = programs.start(folder.path(), json!({})).await?;
    let alone = anonymous(&none)?;
    drop(none);
    for number in 0..plan.plugins {
        let name = format!("lab-{number}");
        install(&folder.path().join("plugins"), &name, 1, &programs.build(&format!("n{number}"))?)?;
    }
    let slots =
        json!({ "wasm": { "pool": { "component_instances": 512, "memories": 512, "tables": 1024 } } });
    let cold = programs.start(folder.path(), slots.clone()).await?;
    let cold_ms = cold.server.started_in.as_secs_f64() * 1e3;
    drop(cold);
    let mut warm = programs.start(folder.path(), slots).await?;
    let last = format!("lab-{}:a", plan.plugins - 1);
    ask(&mut warm.client, &last).await.context("the last plugin does not answer")?;
    let each = (anonymous(&warm)? - alone) / plan.plugins as f64;
    Ok(vec![
        Row::new(
            format!("installed/start with {} plugins, warm cache", plan.plugins),
            warm.server.started_in.as_secs_f64() * 1e3,
            "ms",
        )
        .at_most(START),
        Row::new(format!("installed/start with {} plugins, all compiled", plan.plugins), cold_ms, "ms"),
        Row::new("installed/memory of an idle plugin", each, "MiB").at_most(IDLE),
    ])
}

/// Memory that belongs to no file (`RssAnon`): compiled code that is mapped from the cache would not count,
/// code that was copied into memory does, so this is more than what lies beyond the code. MiB.
fn anonymous(host: &Host) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", host.server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB"));
    let kib: f64 = line.context("no RssAnon in the process's status")?.parse()?;
    Ok(kib / 1024.0)
}
