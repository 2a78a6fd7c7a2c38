//! Calls of drivers that live.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::task::JoinSet;

use super::{NOTHING, Plan, WAITS};
use crate::host::{Host, Programs, ask, install, scratch};
use crate::load::percentile;
use crate::report::Row;

/// The median of a call of Python over that of WebAssembly, and what may come on top, in µs.
const TIMES: f64 = 1.5;
const ON_TOP: f64 = 100.0;
/// Waits of 100 ms that a driver finishes in a second.
const WAITS_A_SECOND: f64 = 5000.0;

/// Both drivers in turn, one call at a time.
pub(super) async fn overhead(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    install(&folder.path().join("plugins"), "lab", 1, &programs.build("nothing")?)?;
    super::install(folder.path(), "nothing", NOTHING)?;
    let mut host = programs.start(folder.path(), super::config(json!({}))?).await?;
    let devices = ["lab:a", "py:nothing"];
    for device in devices {
        for _ in 0..100 {
            ask(&mut host.client, device).await.with_context(|| format!("{device} does not answer"))?;
        }
    }
    let mut medians = [Vec::new(), Vec::new()];
    for _ in 0..plan.slices.0 {
        for (device, medians) in devices.iter().zip(&mut medians) {
            medians.push(median(&mut host, device, plan.slices.1).await?);
        }
    }
    let [wasm, python] = medians.map(|medians| percentile(&medians, 50).unwrap_or(f64::NAN));
    Ok(vec![
        Row::new("nothing/call p50", python, "µs").beside(wasm).at_most(wasm * TIMES + ON_TOP),
        Row::new("nothing/resident memory of the host", host.server.resident()?, "MiB"),
    ])
}

async fn median(host: &mut Host, device: &str, slice: Duration) -> Result<f64> {
    let until = Instant::now() + slice;
    let mut latencies = Vec::new();
    while latencies.is_empty() || Instant::now() < until {
        let asked = Instant::now();
        ask(&mut host.client, device).await?;
        latencies.push(asked.elapsed().as_secs_f64() * 1e6);
    }
    percentile(&latencies, 50).context("nothing was asked")
}

/// Callers that each wait again as soon as they are answered.
pub(super) async fn waits(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    super::install(folder.path(), "waits", WAITS)?;
    let slots = plan.waits + 64;
    let mut config = super::config(json!({}))?;
    config["driver_defaults"] = json!({ "instances": plan.waits, "memory": "256MiB" });
    config["wasm"] = json!({
        "pool": { "component_instances": slots, "core_instances": slots * 4, "memories": slots },
    });
    config["resilience"] = json!({
        "admission": { "concurrent": plan.waits + 1, "waiting": plan.waits },
        "callers": { "concurrent": plan.waits + 1, "waiting": plan.waits },
    });
    let mut host = programs.start(folder.path(), config).await?;
    ask(&mut host.client, "py:waits").await?;
    let (done, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    for _ in 0..plan.waits {
        let (mut client, done, answers) = (host.client.clone(), Arc::clone(&done), Arc::clone(&answers));
        callers.spawn(async move {
            while !done.load(Ordering::Relaxed) {
                ask(&mut client, "py:waits").await?;
                answers.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    // The first connections are made meanwhile.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, started) = (answers.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(plan.waiting).await;
    let (after, took) = (answers.load(Ordering::Relaxed), started.elapsed());
    done.store(true, Ordering::Relaxed);
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    let rate = (after - before) as f64 / took.as_secs_f64();
    let most = plan.waits as f64 * 10.0;
    Ok(vec![Row::new("waits/answers a second", rate, "1/s").beside(most).at_least(WAITS_A_SECOND)])
}
