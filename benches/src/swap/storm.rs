//! Replacements one after the other while callers ask both drivers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::task::JoinSet;

use super::Plan;
use crate::host::{Host, Programs, ask, generation, install, scratch};
use crate::load::percentile;
use crate::report::Row;

/// Callers of the driver that is replaced, and of its neighbour.
const CALLERS: [(&str, usize); 2] = [("lab:a", 2), ("sim:local", 2)];
/// The load is constant: each caller sends so often, however long answers take, and latency counts from when a
/// request was due.
const EVERY: Duration = Duration::from_millis(4);
const SLICE: Duration = Duration::from_secs(1);
const WORDS: [&str; 3] = ["storm-a", "storm-b", "storm-c"];
/// The neighbour's p99 with swaps over that without.
const NEIGHBOUR: f64 = 1.3;
/// Memory after all swaps over memory after the first hundred.
const GROWTH: f64 = 1.05;

/// What the callers have seen, shared among them.
#[derive(Default)]
struct Seen {
    answers: AtomicUsize,
    failed: AtomicUsize,
    wrong: AtomicUsize,
    swapping: AtomicBool,
    done: AtomicBool,
    /// Generation and build of each kind of answer.
    builds: Mutex<HashMap<u64, String>>,
    /// The neighbour's latencies in µs: without swaps, with swaps.
    latencies: [Mutex<Vec<f64>>; 2],
}

pub(super) async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let builds = [programs.build(WORDS[0])?, programs.build(WORDS[1])?, programs.build(WORDS[2])?];
    install(&folder.path().join("plugins"), "lab", 1, &builds[0])?;
    // The first start compiles; the host that is measured finds everything in its cache.
    let mut host = programs.start(folder.path(), json!({})).await?;
    for build in builds.iter().chain(&builds[..1]) {
        host.swap("lab", build).await?;
    }
    drop(host);
    let mut host = programs.start(folder.path(), json!({})).await?;

    let seen = Arc::new(Seen::default());
    let mut callers = JoinSet::new();
    for (device, count) in CALLERS {
        for _ in 0..count {
            callers.spawn(caller(device, host.server.endpoint().clone(), Arc::clone(&seen)));
        }
    }
    let first = generation(&ask(&mut host.client, "lab:a").await?)?;
    let mut published: HashMap<u64, usize> = [(first, 0)].into();
    let (settled, swap_ms) = swaps(&mut host, plan, &builds, &seen, &mut published).await?;
    seen.done.store(true, Ordering::Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    let grown = host.server.resident()?;

    let mut wrong = seen.wrong.load(Ordering::Relaxed);
    for (generation, build) in seen.builds.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let right = published.get(generation).is_some_and(|word| build.contains(WORDS[*word]));
        wrong += usize::from(!right);
    }
    let p99 = |side: usize| {
        let latencies = seen.latencies[side].lock().unwrap_or_else(PoisonError::into_inner);
        percentile(&latencies, 99).context("the neighbour was not asked")
    };
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed) as f64;
    Ok(vec![
        Row::new("storm/swaps", plan.swaps as f64, ""),
        Row::new("storm/requests", count(&seen.answers), ""),
        Row::new("storm/failed-requests", count(&seen.failed), "").at_most(0.0),
        Row::new("storm/wrong-answers", wrong as f64, "").at_most(0.0),
        Row::new("storm/neighbour-p99", p99(1)?, "µs").beside(p99(0)?).at_most_of_yardstick(NEIGHBOUR),
        Row::new("storm/swap", swap_ms, "ms"),
        Row::new("storm/memory", grown, "MiB").beside(settled).at_most_of_yardstick(GROWTH),
    ])
}

/// All replacements, in slices that alternate with slices of rest. Memory after the first ones, and the
/// median time of a replacement by the host's own word.
async fn swaps(
    host: &mut Host,
    plan: &Plan,
    builds: &[Vec<u8>; 3],
    seen: &Seen,
    published: &mut HashMap<u64, usize>,
) -> Result<(f64, f64)> {
    let (mut settled, mut times) = (0.0, Vec::new());
    let mut turn = 0;
    while turn < plan.swaps {
        tokio::time::sleep(SLICE).await;
        seen.swapping.store(true, Ordering::Relaxed);
        let until = Instant::now() + SLICE;
        while turn < plan.swaps && Instant::now() < until {
            turn += 1;
            let word = turn % builds.len();
            let change = host.swap("lab", &builds[word]).await.context("a swap failed")?;
            published.insert(change.generation, word);
            times.push(change.elapsed_ms);
            if turn == plan.settled {
                settled = host.server.resident()?;
            }
        }
        seen.swapping.store(false, Ordering::Relaxed);
    }
    Ok((settled, crate::load::median(times)))
}

async fn caller(device: &'static str, endpoint: tonic::transport::Endpoint, seen: Arc<Seen>) -> Result<()> {
    let mut client = crate::proto::driver_manager_service_client::DriverManagerServiceClient::new(
        endpoint.connect().await?,
    );
    let mut due = tokio::time::interval(EVERY);
    while !seen.done.load(Ordering::Relaxed) {
        let started = due.tick().await.into_std();
        let swapping = seen.swapping.load(Ordering::Relaxed);
        match ask(&mut client, device).await {
            Ok(answer) => {
                seen.answers.fetch_add(1, Ordering::Relaxed);
                if device == CALLERS[0].0 {
                    let build = answer.metadata.get("build").cloned().unwrap_or_default();
                    let mut builds = seen.builds.lock().unwrap_or_else(PoisonError::into_inner);
                    let known = builds.entry(generation(&answer)?).or_insert_with(|| build.clone());
                    if *known != build {
                        seen.wrong.fetch_add(1, Ordering::Relaxed);
                    }
                } else if swapping == seen.swapping.load(Ordering::Relaxed) {
                    // A call that saw the change of slices belongs to neither.
                    let mut side =
                        seen.latencies[usize::from(swapping)].lock().unwrap_or_else(PoisonError::into_inner);
                    side.push(started.elapsed().as_secs_f64() * 1e6);
                }
            }
            Err(error) if error.to_string().contains("wrong answer") => {
                seen.wrong.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => _ = seen.failed.fetch_add(1, Ordering::Relaxed),
        }
    }
    Ok(())
}
