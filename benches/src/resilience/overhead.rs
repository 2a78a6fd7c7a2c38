//! What the path costs a call that needs none of it: the same calls on a host that has it switched off.

use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Plan;
use super::provider::{request, send};
use crate::host::{Host, Programs, scratch};
use crate::load::{median, percentile};
use crate::report::Row;

/// A call that is carried out, with the path over without it.
const UNCACHED: f64 = 1.1;

pub async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let (with_folder, without_folder) = (scratch()?, scratch()?);
    let off = json!({
        "resilience": { "retry": { "attempts": 1 }, "breaker": { "enabled": false } },
        "cache": { "results": { "enabled": false } },
    });
    let with = start(programs, with_folder.path(), json!({})).await?;
    let without = start(programs, without_folder.path(), off).await?;
    let (mut uncached, mut cached, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // The first slice of each is for the caches of the machine.
    for slice in 0..=plan.slices.0 {
        let measured = [
            (&mut uncached, p50(&with, None, plan).await?),
            (&mut cached, p50(&with, Some("7"), plan).await?),
            (&mut bare, p50(&without, None, plan).await?),
        ];
        for (into, value) in measured {
            if slice > 0 {
                into.push(value);
            }
        }
    }
    let (uncached, cached, bare) = (median(uncached), median(cached), median(bare));
    Ok(vec![
        Row::new("overhead/uncached call, p50", uncached, "µs").beside(bare).at_most_of_yardstick(UNCACHED),
        Row::new("overhead/cached call, p50", cached, "µs").beside(bare),
        Row::new("overhead/of the path", uncached - bare, "µs"),
    ])
}

async fn start(programs: &Programs, folder: &std::path::Path, config: Value) -> Result<Host> {
    programs.start(folder, config).await
}

/// The median latency of calls one after the other, in µs.
async fn p50(host: &Host, seed: Option<&str>, plan: &Plan) -> Result<f64> {
    let options: Vec<(&str, &str)> = seed.map(|seed| ("seed", seed)).into_iter().collect();
    let until = Instant::now() + plan.slices.1;
    let mut times = Vec::new();
    while Instant::now() < until {
        let started = Instant::now();
        send(host, request("", "sim:local", &options)).await.context("a call failed")?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    percentile(&times, 50).context("no call was made")
}
