//! Workers that are killed: what callers notice, and how long a driver is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::{NOTHING, Plan, WORKS, workers};
use crate::host::{Programs, ask, asking, scratch};
use crate::load::percentile;
use crate::proto::driver_manager_service_client::DriverManagerServiceClient;
use crate::report::Row;

const CALLERS: usize = 8;
/// Between two kills.
const EVERY: Duration = Duration::from_millis(100);
/// Until a driver whose worker was killed answers again, in ms.
const BACK: f64 = 1000.0;
/// How long processes may stay behind a host that was killed.
const GONE: Duration = Duration::from_secs(1);
/// The same workers in every run, as far as there are the same.
const SEED: u64 = 7;

pub(super) async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let mut rows = storm(programs, plan).await?;
    rows.extend(one_by_one(programs, plan).await?);
    Ok(rows)
}

/// What became of requests.
#[derive(Default)]
struct Seen {
    lost: usize,
    wrong: usize,
    /// Those that a kill met: they were answered by a later attempt.
    interrupted: usize,
}

/// Requests as fast as they are answered, while a worker is killed now and then.
async fn storm(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    super::install(folder.path(), "works", WORKS)?;
    let mut config = super::config(json!({ "workers": 4, "standby": 2 }))?;
    config["resilience"] = json!({ "breaker": { "enabled": false } });
    let host = programs.start(folder.path(), config).await?;
    let left = Arc::new(AtomicUsize::new(plan.requests));
    let mut callers: JoinSet<Seen> =
        (0..CALLERS).map(|_| caller(host.client.clone(), Arc::clone(&left))).collect();
    let (mut all, mut kills) = (Seen::default(), 0_usize);
    let mut random = StdRng::seed_from_u64(SEED);
    let mut due = tokio::time::interval(EVERY);
    while !callers.is_empty() {
        tokio::select! {
            Some(ended) = callers.join_next() => {
                let Seen { lost, wrong, interrupted } = ended?;
                all.lost += lost;
                all.wrong += wrong;
                all.interrupted += interrupted;
            }
            _ = due.tick() => kills += usize::from(workers::kill_any(host.server.id(), &mut random)?),
        }
    }
    Ok(vec![
        Row::new("storm/requests", plan.requests as f64, ""),
        Row::new("storm/workers killed", kills as f64, "").at_least(1.0),
        Row::new("storm/requests interrupted", all.interrupted as f64, "").at_least(1.0),
        Row::new("storm/requests lost", all.lost as f64, "").at_most(0.0),
        Row::new("storm/answers wrong", all.wrong as f64, "").at_most(0.0),
    ])
}

/// Asks until there are no requests left. Each has another number of shots, so that another one's answer is wrong.
async fn caller(mut client: DriverManagerServiceClient<Channel>, left: Arc<AtomicUsize>) -> Seen {
    let mut seen = Seen::default();
    let next = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    while let Ok(number) = next() {
        let shots = i32::try_from(number).unwrap_or(i32::MAX);
        match client.execute_circuit(asking("py:works", shots)).await {
            Ok(answer) => {
                let answer = answer.into_inner();
                seen.wrong += usize::from(answer.counts != [("01".to_owned(), i64::from(shots))].into());
                seen.interrupted +=
                    usize::from(answer.metadata.get("attempt").is_none_or(|first| first != "1"));
            }
            Err(status) => {
                eprintln!("  {status}");
                seen.lost += 1;
            }
        }
    }
    seen
}

/// The time of a start, without a process that stands by; and what a host that is killed leaves.
async fn one_by_one(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    super::install(folder.path(), "nothing", NOTHING)?;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut host = programs.start(folder.path(), super::config(json!({}))?).await?;
    let mut away = Vec::new();
    for _ in 0..plan.killed {
        ask(&mut host.client, "py:nothing").await?;
        ensure!(workers::kill_any(host.server.id(), &mut random)?, "there is no worker");
        let killed = Instant::now();
        while ask(&mut host.client, "py:nothing").await.is_err() {}
        away.push(killed.elapsed().as_secs_f64() * 1e3);
    }
    let longest = percentile(&away, 100).context("none was killed")?;
    let behind = workers::of(host.server.id())?;
    ensure!(!behind.is_empty(), "there is no worker");
    drop(host);
    tokio::time::sleep(GONE).await;
    let still = behind.iter().filter(|worker| workers::runs(**worker)).count();
    Ok(vec![
        Row::new("killed/back after, median", percentile(&away, 50).unwrap_or(f64::NAN), "ms"),
        Row::new("killed/back after, longest", longest, "ms").at_most(BACK),
        Row::new("host killed/workers after 1 s", still as f64, "").at_most(0.0),
    ])
}
