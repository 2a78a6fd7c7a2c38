//! One kind of fault after the other, each on a host of its own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::Plan;
use super::provider::{host, request, send, send_all, submissions};
use crate::host::{Programs, scratch};
use crate::load::percentile;
use crate::report::Row;

const AT_ONCE: usize = 32;
/// Of requests whose attempts fail three times in ten.
const SUCCESS: f64 = 0.999;
/// A refusal that asks nobody, ms.
const FAST: f64 = 5.0;
/// How long a breaker stays open the first time, by the config's default.
const OPEN_FOR: Duration = Duration::from_secs(5);
/// Everything that can become of an attempt.
const FATES: [&str; 9] = ["ok", "down", "lost", "accepted", "trap", "later", "broken", "hang", "bad"];

pub async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let mut rows = transient(programs, plan).await?;
    rows.extend(dead(programs).await?);
    rows.extend(elsewhere(programs, plan).await?);
    rows.extend(herd(programs, plan).await?);
    rows.extend(doubt(programs, plan).await?);
    Ok(rows)
}

fn limits() -> serde_json::Value {
    json!({ "instances": 64, "memory": "16MiB", "log_rate": "64MiB" })
}

/// Three attempts in ten fail, and may be made again.
async fn transient(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let host = host(programs, folder.path(), limits(), json!({})).await?;
    let mut random = SmallRng::seed_from_u64(30);
    let requests: Vec<_> = (0..plan.requests)
        .map(|number| {
            let fate: Vec<_> = (0..10).map(|_| if random.random_bool(0.3) { "down" } else { "ok" }).collect();
            let options = [("script", &*fate.join(",")), ("dm.timeout", "10s")];
            request(&format!("j{number}"), "lab:again", &options)
        })
        .collect();
    let answers = send_all(&host, requests, AT_ONCE).await;
    let good = answers.iter().filter(|answer| answer.is_ok()).count();
    let share = good as f64 / plan.requests as f64;
    Ok(vec![
        Row::new("transient/requests", plan.requests as f64, ""),
        Row::new("transient/answered", share * 100.0, "%").at_least(SUCCESS * 100.0),
    ])
}

/// A provider dies, and comes back.
async fn dead(programs: &Programs) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let host =
        host(programs, folder.path(), limits(), json!({ "resilience": { "retry": { "attempts": 1 } } }))
            .await?;
    let down = |number: usize| request(&format!("d{number}"), "lab:again", &[("script", "down")]);
    let by_breaker = |status: &tonic::Status| status.message().contains("breaker");
    let died = Instant::now();
    let mut number = 0;
    loop {
        number += 1;
        let refused = send(&host, down(number)).await.err().context("a dead provider answered")?;
        if by_breaker(&refused) {
            break;
        }
    }
    let opened_after = died.elapsed();
    let opened = Instant::now();
    let (mut times, mut told_wrongly) = (Vec::new(), 0);
    for number in 0..200 {
        let asked = Instant::now();
        let refused = send(&host, down(number)).await.err().context("an open breaker let a call through")?;
        times.push(asked.elapsed().as_secs_f64() * 1e3);
        ensure!(refused.code() == Code::Unavailable && by_breaker(&refused), "{refused:?}");
        // It is true if it names the moment at which the next call may pass.
        let told = refused.get_details_retry_info().and_then(|info| info.retry_delay).unwrap_or_default();
        let names = opened.elapsed() + told;
        told_wrongly += usize::from(names.abs_diff(OPEN_FOR) > Duration::from_millis(100));
    }
    let healed = Instant::now();
    let mut failed = 0;
    while send(&host, request(&format!("h{failed}"), "lab:again", &[])).await.is_err() {
        failed += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let fast = percentile(&times, 99).context("nothing was refused")?;
    Ok(vec![
        Row::new("dead/calls until the breaker opens", number as f64, ""),
        Row::new("dead/time until the breaker opens", opened_after.as_secs_f64() * 1e3, "ms")
            .at_most(10_000.0),
        Row::new("dead/refusal, p99", fast, "ms").at_most(FAST),
        Row::new("dead/untrue times to come back", f64::from(told_wrongly as u32), "").at_most(0.0),
        Row::new("dead/recovery after it heals", healed.elapsed().as_secs_f64(), "s")
            .at_most(OPEN_FOR.as_secs_f64()),
    ])
}

/// Another device takes over.
async fn elsewhere(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let fallbacks = json!([{ "device": "lab:paid", "fallback": "sim:local" }]);
    let host =
        host(programs, folder.path(), limits(), json!({ "resilience": { "fallbacks": fallbacks } })).await?;
    let requests =
        (0..plan.requests).map(|number| request(&format!("j{number}"), "lab:paid", &[("script", "down")]));
    let answers = send_all(&host, requests, AT_ONCE).await;
    let on = |device: &str| {
        let ran = |answer: &&Result<crate::proto::ExecuteCircuitResponse, _>| {
            answer
                .as_ref()
                .is_ok_and(|answer| answer.metadata.get("executed_on").is_some_and(|on| on == device))
        };
        answers.iter().filter(ran).count()
    };
    Ok(vec![Row::new("failover/lost", (plan.requests - on("sim:local")) as f64, "").at_most(0.0)])
}

/// All ask the same at once.
async fn herd(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let host = host(programs, folder.path(), limits(), json!({})).await?;
    let requests = (0..plan.herd).map(|_| request("herd", "lab:again", &[("seed", "7"), ("ms", "200")]));
    let answers = send_all(&host, requests, plan.herd).await;
    ensure!(answers.iter().all(Result::is_ok), "one of the herd got no answer");
    drop(host);
    let executed: usize = submissions(folder.path())?.values().sum();
    Ok(vec![
        Row::new("herd/requests", plan.herd as f64, ""),
        Row::new("herd/executions", executed as f64, "").at_most(1.0),
    ])
}

/// Everything goes wrong, on a device that is paid for.
async fn doubt(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let statuses = ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED", "INTERNAL"];
    let fallbacks = json!([{ "device": "lab:paid", "fallback": "lab:again", "on": statuses }]);
    let resilience = json!({
        "fallbacks": fallbacks,
        "breaker": { "enabled": false },
        "retry": { "first_delay": "1ms", "longest_delay": "2ms", "budget": "100%", "budget_burst": 1000 },
    });
    let host = host(programs, folder.path(), limits(), json!({ "resilience": resilience })).await?;
    let mut random = SmallRng::seed_from_u64(9);
    let requests: Vec<_> = (0..plan.requests)
        .map(|number| {
            let fate: Vec<_> = (0..4).map(|_| FATES[random.random_range(0..FATES.len())]).collect();
            let options = [
                ("script", &*fate.join(",")),
                ("dm.timeout", "400ms"),
                ("job_ms", "10"),
                ("non_idempotent", "true"),
            ];
            request(&format!("j{number}"), "lab:paid", &options)
        })
        .collect();
    let answers = send_all(&host, requests, AT_ONCE).await;
    let good = answers.iter().filter(|answer| answer.is_ok()).count();
    drop(host);
    let submitted = submissions(folder.path())?;
    ensure!(submitted.len() >= good, "{} submissions of {good} answers were logged", submitted.len());
    let twice = submitted.values().filter(|times| **times > 1).count();
    Ok(vec![
        Row::new("doubt/requests", plan.requests as f64, ""),
        Row::new("doubt/answered", good as f64, ""),
        Row::new("doubt/submitted", submitted.len() as f64, ""),
        Row::new("doubt/submitted twice", twice as f64, "").at_most(0.0),
    ])
}
