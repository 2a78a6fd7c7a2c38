//! From an operator's word to the first answer of the new generation.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::Plan;
use crate::host::{Host, Programs, ask, generation, install, scratch};
use crate::load::median;
use crate::report::Row;

/// Milliseconds that a replacement may take, machine code cached.
const WARM: f64 = 50.0;
const POLL: Duration = Duration::from_millis(100);

pub(super) async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let mut host = programs.start(folder.path(), json!({})).await?;
    let builds = [programs.tagged_simulator(b'a'), programs.tagged_simulator(b'b')];
    let mut cold = Vec::new();
    for build in &builds {
        cold.push(swap(&mut host, build).await?);
    }
    let mut call = Vec::new();
    for turn in 0..plan.timed {
        call.push(swap(&mut host, &builds[turn % 2]).await?);
    }
    let mut rename = Vec::new();
    for turn in 0..plan.timed {
        let version = turn as u64 + 1;
        rename.push(by_rename(&mut host, folder.path(), version, &builds[turn % 2]).await?);
    }
    drop(host);

    let polling = json!({ "plugins": { "watch": "poll", "poll_interval": "100ms" } });
    let mut host = programs.start(folder.path(), polling).await?;
    let mut polled = Vec::new();
    for turn in 0..plan.timed {
        let version = (plan.timed + turn) as u64 + 1;
        polled.push(by_rename(&mut host, folder.path(), version, &builds[turn % 2]).await?);
    }
    let poll = POLL.as_secs_f64() * 1e3;
    Ok(vec![
        Row::new("latency/swap-call, warm cache", median(call), "ms").at_most(WARM),
        Row::new("latency/manifest-rename, warm cache", median(rename), "ms").at_most(WARM),
        Row::new(format!("latency/manifest-rename, polled every {poll} ms"), median(polled), "ms"),
        Row::new("latency/swap-call, cold compile", median(cold), "ms"),
    ])
}

/// Milliseconds from the call to the new generation's first answer.
async fn swap(host: &mut Host, build: &[u8]) -> Result<f64> {
    let started = Instant::now();
    let change = host.swap("simulator", build).await?;
    host.answered_by("sim:local", change.generation).await?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds from just before the manifest's rename to the new generation's first answer.
async fn by_rename(host: &mut Host, folder: &std::path::Path, version: u64, build: &[u8]) -> Result<f64> {
    let before = generation(&ask(&mut host.client, "sim:local").await?)?;
    let started = Instant::now();
    install(&folder.join("plugins"), "simulator", version, build)?;
    host.answered_by("sim:local", before + 1).await?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}
