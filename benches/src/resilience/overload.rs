//! Four times of what a driver can do is asked of it.
//!
//! The driver's latency is fixed, so that its instances define its capacity; what it really does is measured
//! first, in the same run. Then requests come at a constant rate, whatever becomes of them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tonic::Code;

use super::Plan;
use super::provider::{host, request, send};
use crate::host::{Host, Programs, scratch};
use crate::load::{median, percentile};
use crate::report::Row;

const INSTANCES: u32 = 8;
const WAITING: u32 = 64;
const LATENCY: Duration = Duration::from_millis(20);
const OFFERED: f64 = 4.0;
const GOODPUT: f64 = 0.9;
/// Memory after the overload over memory before it.
const GROWTH: f64 = 1.1;
/// Latency afterwards over latency before.
const RECOVERY: f64 = 1.25;

pub async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let folder = scratch()?;
    let limits = json!({ "instances": INSTANCES, "memory": "16MiB", "log_rate": "8KiB" });
    let admission = json!({ "concurrent": INSTANCES, "waiting": WAITING, "wait": "10s" });
    let resilience = json!({ "resilience": { "admission": admission } });
    let host = host(programs, folder.path(), limits, resilience).await?;
    let capacity = capacity(&host, (plan.overload / 10).max(Duration::from_millis(500))).await?;
    let before = alone(&host).await?;
    let storm = storm(&host, capacity * OFFERED, plan.overload / 4).await?;
    let settled = host.server.resident()?;
    let storm = Storm::sum(storm, self::storm(&host, capacity * OFFERED, plan.overload * 3 / 4).await?);
    let after = alone(&host).await?;
    let grown = host.server.resident()?;

    let queue_ms = f64::from(INSTANCES + WAITING) / capacity * 1e3 + LATENCY.as_secs_f64() * 1e3;
    let p99 = percentile(&storm.latencies, 99).context("nothing was answered")?;
    Ok(vec![
        Row::new("overload/capacity", capacity, "1/s"),
        Row::new("overload/offered", storm.offered as f64 / storm.seconds, "1/s"),
        Row::new("overload/answered", storm.latencies.len() as f64 / storm.seconds, "1/s")
            .beside(capacity)
            .at_least_of_yardstick(GOODPUT),
        Row::new("overload/p99 of the admitted", p99, "ms").at_most(queue_ms),
        Row::new("overload/refused without a reason", storm.lost as f64, "").at_most(0.0),
        Row::new("overload/memory", grown, "MiB").beside(settled).at_most_of_yardstick(GROWTH),
        Row::new("overload/latency afterwards", after, "ms").beside(before).at_most_of_yardstick(RECOVERY),
    ])
}

fn call(number: usize) -> crate::proto::ExecuteCircuitRequest {
    let ms = LATENCY.as_millis().to_string();
    request(&number.to_string(), "lab:again", &[("ms", &ms)])
}

/// What as many callers as there are instances get done, in requests a second.
async fn capacity(host: &Host, time: Duration) -> Result<f64> {
    let started = Instant::now();
    let callers = (0..INSTANCES).map(async |_| {
        let mut done = 0;
        while started.elapsed() < time {
            send(host, call(done)).await.context("a call failed without any load")?;
            done += 1;
        }
        anyhow::Ok(done)
    });
    let done: Vec<usize> = futures::future::try_join_all(callers).await?;
    Ok(done.into_iter().sum::<usize>() as f64 / started.elapsed().as_secs_f64())
}

/// The median latency of a caller that is alone, in ms.
async fn alone(host: &Host) -> Result<f64> {
    let mut times = Vec::new();
    for number in 0..25 {
        let started = Instant::now();
        send(host, call(number)).await.context("a call failed without any load")?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(times))
}

struct Storm {
    seconds: f64,
    offered: usize,
    /// Of those answered, from when they were due, in ms.
    latencies: Vec<f64>,
    /// Refused in another way than by `RESOURCE_EXHAUSTED`.
    lost: usize,
}

impl Storm {
    fn sum(mut one: Self, other: Self) -> Self {
        one.latencies.extend(other.latencies);
        Self {
            seconds: one.seconds + other.seconds,
            offered: one.offered + other.offered,
            latencies: one.latencies,
            lost: one.lost + other.lost,
        }
    }
}

/// Requests at a constant rate, whatever becomes of them.
async fn storm(host: &Host, rate: f64, time: Duration) -> Result<Storm> {
    ensure!(rate > 0.0, "a driver without capacity");
    let mut due = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let started = Instant::now();
    let mut under_way = JoinSet::new();
    let mut offered = 0;
    while started.elapsed() < time {
        let at = due.tick().await.into_std();
        offered += 1;
        let mut client = host.client.clone();
        under_way.spawn(async move { (client.execute_circuit(call(offered)).await, at.elapsed()) });
    }
    let seconds = started.elapsed().as_secs_f64();
    let (mut latencies, mut lost) = (Vec::new(), 0);
    while let Some(ended) = under_way.join_next().await {
        match ended? {
            (Ok(_), latency) => latencies.push(latency.as_secs_f64() * 1e3),
            (Err(refused), _) => lost += usize::from(refused.code() != Code::ResourceExhausted),
        }
    }
    Ok(Storm { seconds, offered, latencies, lost })
}
