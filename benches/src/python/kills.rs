//! Workers that are killed: what callers notice, and how long a driver is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;

use super::{NOTHING, Plan, workers};
use crate::host::{Programs, ask, scratch};
use crate::load::percentile;
use crate::report::Row;

const CALLERS: usize = 8;
/// Between two kills.
const EVERY: Duration = Duration::from_millis(100);
/// Until a driver whose worker was killed answers again, in ms.
const BACK: f64 = 1000.0;
/// How long processes may stay behind a host that was killed.
const GONE: Duration = Duration::from_secs(1);

pub(super) async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    super::install(folder.path(), "nothing", NOTHING)?;
    let mut config = super::config(json!({ "workers": 4, "standby": 2 }))?;
    config["resilience"] = json!({ "breaker": { "enabled": false } });
    let mut host = programs.start(folder.path(), config).await?;
    ask(&mut host.client, "py:nothing").await?;

    let left = Arc::new(AtomicUsize::new(plan.requests));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (mut client, left) = (host.client.clone(), Arc::clone(&left));
        callers.spawn(async move {
            let (mut lost, mut wrong) = (0, 0);
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
            {
                if let Err(error) = ask(&mut client, "py:nothing").await {
                    let failed = error.downcast_ref::<tonic::Status>().is_some();
                    eprintln!("  {error:#}");
                    lost += usize::from(failed);
                    wrong += usize::from(!failed);
                }
                // As long as workers are killed: 10,000 requests at full speed would meet a few kills only.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (lost, wrong)
        });
    }
    let (mut lost, mut wrong, mut kills) = (0, 0, 0);
    let mut due = tokio::time::interval(EVERY);
    while !callers.is_empty() {
        tokio::select! {
            Some(ended) = callers.join_next() => {
                let (more_lost, more_wrong) = ended?;
                lost += more_lost;
                wrong += more_wrong;
            }
            _ = due.tick() => kills += usize::from(workers::kill_any(host.server.id(), kills)?),
        }
    }
    ensure!(kills > 0, "no worker was killed");
    let mut rows = vec![
        Row::new("storm/requests", plan.requests as f64, ""),
        Row::new("storm/workers killed", kills as f64, ""),
        Row::new("storm/requests lost", lost as f64, "").at_most(0.0),
        Row::new("storm/answers wrong", wrong as f64, "").at_most(0.0),
    ];
    drop(host);

    // Without a process that stands by: the time of a start.
    let mut host = programs.start(folder.path(), super::config(json!({}))?).await?;
    let mut away = Vec::new();
    for _ in 0..plan.killed {
        ask(&mut host.client, "py:nothing").await?;
        ensure!(workers::kill_any(host.server.id(), 0)?, "there is no worker");
        let killed = Instant::now();
        while ask(&mut host.client, "py:nothing").await.is_err() {}
        away.push(killed.elapsed().as_secs_f64() * 1e3);
    }
    let longest = percentile(&away, 100).context("none was killed")?;
    rows.push(Row::new("killed/back after, median", percentile(&away, 50).unwrap_or(f64::NAN), "ms"));
    rows.push(Row::new("killed/back after, longest", longest, "ms").at_most(BACK));

    let behind = workers::of(host.server.id())?;
    ensure!(!behind.is_empty(), "there is no worker");
    drop(host);
    tokio::time::sleep(GONE).await;
    let still = behind.iter().filter(|worker| workers::runs(**worker)).count();
    rows.push(Row::new("host killed/workers after 1 s", still as f64, "").at_most(0.0));
    Ok(rows)
}
