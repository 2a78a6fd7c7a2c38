//! Two attackers, again and again, and a neighbour who asks the simulator at a constant rate.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::Plan;
use crate::host::{Host, Programs, ask, scratch};
use crate::load::percentile;
use crate::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest};
use crate::report::Row;

/// The ways to misbehave once in service; the tests say what becomes of each.
const WORDS: &str = include_str!("../../../tests/guests/hostile/words.txt");
const HEAD: &[u8] = b"hostile-word:";
const ROOM: usize = 20;
const ATTACKERS: usize = 2;
/// What an attack is given.
const PATIENCE: &str = "100ms";
const EVERY: Duration = Duration::from_millis(4);
/// The neighbour's p99 beside an attack over that beside a harmless guest that burns as much.
const RATIO: f64 = 1.5;
/// Memory afterwards over memory before.
const GROWTH: f64 = 1.1;
const CIRCUIT: &str = r#"{"version":"1.0.0","qubits":2,"operations":[{"op":"MEASURE","q":[0,1],"c":[0,1]}]}"#;

pub async fn rows(programs: &Programs, plan: &Plan) -> Result<Vec<Row>> {
    let words: Vec<&str> = WORDS.lines().take(plan.words).collect();
    let folder = scratch()?;
    let host = start(programs, folder.path(), &words).await?;
    let mut rows = Vec::new();
    let mut worst: f64 = 0.0;
    for word in &words {
        let (harmless, hostile) = in_turn(&host, &format!("{word}:a"), plan).await?;
        worst = worst.max(hostile / harmless);
        rows.push(
            Row::new(format!("neighbour-p99/{word}"), hostile, "µs")
                .beside(harmless)
                .at_most_of_yardstick(RATIO),
        );
    }
    rows.push(Row::new("neighbour-p99/worst ratio", worst, "").at_most(RATIO));
    rounds(&host, &words, plan.attacks / 5).await;
    let before = Held::by(&host)?;
    rounds(&host, &words, plan.attacks).await;
    // Instances that were condemned last are still being taken down.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = Held::by(&host)?;
    rows.push(Row::new("left-behind/attacks", plan.attacks as f64, ""));
    rows.push(
        Row::new("left-behind/open files", after.files, "").beside(before.files).at_most_of_yardstick(1.05),
    );
    rows.push(
        Row::new("left-behind/threads", after.threads, "").beside(before.threads).at_most_of_yardstick(1.05),
    );
    rows.push(
        Row::new("left-behind/memory", after.memory, "MiB")
            .beside(before.memory)
            .at_most_of_yardstick(GROWTH),
    );
    Ok(rows)
}

/// A host with a driver for each word, and one that only burns the processor when it is asked to.
async fn start(programs: &Programs, folder: &Path, words: &[&str]) -> Result<Host> {
    let component = fs::read(programs.fixture("hostile")).context("the fixture `hostile` is not built")?;
    let place = component.windows(HEAD.len()).position(|window| window == HEAD);
    let place = place.context("the fixture `hostile` has no word")? + HEAD.len();
    let limits = json!({ "memory": "16MiB", "instances": 4 });
    let mut drivers = Map::new();
    for word in words {
        let file = folder.join(format!("{word}.wasm"));
        let mut bytes = component.clone();
        bytes[place..place + ROOM].copy_from_slice(format!("{word:.<ROOM$}").as_bytes());
        fs::write(&file, bytes)?;
        drivers.insert((*word).to_owned(), json!({ "component": file, "trust": "none", "limits": limits }));
    }
    let busy = json!({ "component": programs.fixture("slow-ok"), "trust": "none", "limits": limits });
    drivers.insert("slow-ok".to_owned(), busy);
    let more = json!({
        "drivers": Value::Object(drivers),
        "log": { "level": "error", "format": "json" },
        "resilience": { "retry": { "attempts": 1 }, "breaker": { "enabled": false } },
    });
    programs.start(folder, more).await
}

fn attack(device: &str) -> ExecuteCircuitRequest {
    let (device, options) = if device == "harmless:busy" {
        ("fixture:slow-ok", [("dm.timeout", PATIENCE), ("how", "busy"), ("ms", "1000")].as_slice())
    } else {
        (device, [("dm.timeout", PATIENCE)].as_slice())
    };
    ExecuteCircuitRequest {
        job_id: String::new(),
        device_id: device.to_owned(),
        payload: Some(CircuitPayload { format: CircuitFormat::AqoJson.into(), data: CIRCUIT.into() }),
        shots: 16,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

/// The neighbour's p99 in µs beside the harmless guest and beside an attack, which take turns: what a machine does by
/// itself for a second meets both.
async fn in_turn(host: &Host, device: &str, plan: &Plan) -> Result<(f64, f64)> {
    let (mut harmless, mut hostile) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        harmless.extend(beside(host, "harmless:busy", plan.slice).await?);
        hostile.extend(beside(host, device, plan.slice).await?);
    }
    let p99 = |latencies: &[f64]| percentile(latencies, 99).context("the neighbour was not asked");
    Ok((p99(&harmless)?, p99(&hostile)?))
}

/// The neighbour's latencies in µs, from when its requests were due, while a device is attacked.
async fn beside(host: &Host, device: &str, slice: Duration) -> Result<Vec<f64>> {
    let done = Arc::new(AtomicBool::new(false));
    let mut attackers = JoinSet::new();
    for _ in 0..ATTACKERS {
        let (mut client, device, done) = (host.client.clone(), device.to_owned(), Arc::clone(&done));
        attackers.spawn(async move {
            while !done.load(Ordering::Relaxed) {
                // What becomes of an attack is for the tests.
                let _ = client.execute_circuit(attack(&device)).await;
            }
        });
    }
    let mut client = host.client.clone();
    let mut due = tokio::time::interval(EVERY);
    let until = Instant::now() + slice;
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let at = due.tick().await.into_std();
        ask(&mut client, "sim:local").await.with_context(|| format!("the neighbour of {device} failed"))?;
        latencies.push(at.elapsed().as_secs_f64() * 1e6);
    }
    done.store(true, Ordering::Relaxed);
    while attackers.join_next().await.is_some() {}
    Ok(latencies)
}

/// So many attacks, each word in turn.
async fn rounds(host: &Host, words: &[&str], attacks: usize) {
    for word in words.iter().cycle().take(attacks) {
        let _ = host.client.clone().execute_circuit(attack(&format!("{word}:a"))).await;
    }
}

/// What the host's process holds.
struct Held {
    files: f64,
    threads: f64,
    memory: f64,
}

impl Held {
    fn by(host: &Host) -> Result<Self> {
        let process = Path::new("/proc").join(host.server.id().to_string());
        let count = |folder: &str| anyhow::Ok(fs::read_dir(process.join(folder))?.count() as f64);
        Ok(Self { files: count("fd")?, threads: count("task")?, memory: host.server.resident()? })
    }
}
