//! `simulator`: the built-in simulator beside native ones, in the same run and taking turns.
//!
//! Ours is measured inside the guest (what the driver says it took, sampling and answer included) and end to
//! end through gRPC; the yardsticks are called in-process from Python, one thread each, with their best
//! settings. A row is the median of its rounds.

mod circuits;
mod yardsticks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::host::{Host, Programs, scratch};
use crate::load::median;
use crate::progress::Progress;
use crate::proto::{CircuitFormat, CircuitPayload, ExecuteCircuitRequest};
use crate::report::{self, Row};
use circuits::{Gate, circuit, qasm};
use yardsticks::Yardsticks;

/// Measured circuits, and how.
#[derive(Args)]
pub struct Options {
    /// Small circuits without yardsticks: shows that everything works, not how fast it is
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/simulator.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One circuit and who runs it.
struct Case {
    kind: &'static str,
    qubits: usize,
    shots: i32,
    engines: &'static [&'static str],
}

const NATIVE: &[&str] = &["aer", "qulacs", "qulacs, plain", "lightning", "qsim", "aer, all threads"];

/// Measures, prints the table, and writes the JSON.
pub async fn run(options: &Options) -> Result<()> {
    let programs = Programs::find()?;
    let (sizes, rounds): (&[usize], usize) =
        if options.short { (&[4], 1) } else { (&[4, 8, 10, 16, 20, 22], 3) };
    let dense = |&qubits: &usize| {
        let engines: &[&str] = if options.short { &[] } else { NATIVE };
        circuits::DENSE.map(|kind| Case { kind, qubits, shots: 1000, engines })
    };
    let mut cases: Vec<Case> = sizes.iter().flat_map(dense).collect();
    let stim: &[&str] = if options.short { &[] } else { &["stim"] };
    cases.push(Case { kind: "ghz", qubits: 1000, shots: 10_000, engines: stim });
    cases.push(Case { kind: "clifford", qubits: 500, shots: 1000, engines: stim });

    let folder = scratch()?;
    let mut host =
        programs.start(folder.path(), json!({ "cache": { "results": { "enabled": false } } })).await?;
    let mut yardsticks = if options.short { None } else { Some(Yardsticks::start(&programs.target)?) };
    let progress = Progress::new(cases.len());
    let mut rows = Vec::new();
    for case in &cases {
        progress.part(format!("{} of {} qubits", case.kind, case.qubits));
        rows.extend(measure(case, rounds, &mut host, yardsticks.as_mut()).await?);
        progress.step();
    }
    drop(progress);
    report::finish(
        "simulator",
        "beside native ones, in milliseconds",
        "YARDSTICK",
        &rows,
        options.json.as_deref(),
        &programs.target,
    )
}

async fn measure(
    case: &Case,
    rounds: usize,
    host: &mut Host,
    mut yardsticks: Option<&mut Yardsticks>,
) -> Result<Vec<Row>> {
    let gates = circuit(case.kind, case.qubits);
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        let (guest, whole) = ours(host, case, &gates).await?;
        times.entry("guest").or_default().push(guest);
        times.entry("grpc").or_default().push(whole);
        if let Some(yardsticks) = yardsticks.as_deref_mut() {
            for engine in case.engines {
                let time = yardsticks.time(engine, case.qubits, case.shots, &gates)?;
                times.entry(engine).or_default().push(time);
            }
        }
    }
    let of = |engine: &str| median(times.get(engine).into_iter().flatten().copied());
    let name = format!("{}/{}", case.kind, case.qubits);
    let mut rows = vec![
        Row::new(format!("{name}/guest"), of("guest"), "ms"),
        Row::new(format!("{name}/grpc"), of("grpc"), "ms"),
    ];
    rows.extend(case.engines.iter().map(|engine| {
        Row::new(
            format!("{name}/guest-beside-{}", engine.replace(", ", "-").replace(' ', "-")),
            of("guest"),
            "ms",
        )
        .beside(of(engine))
    }));
    Ok(rows)
}

/// Milliseconds in the guest, and from request to answer.
async fn ours(host: &mut Host, case: &Case, gates: &[Gate]) -> Result<(f64, f64)> {
    let request = ExecuteCircuitRequest {
        device_id: "sim:local".into(),
        payload: Some(CircuitPayload {
            format: CircuitFormat::Qasm3Text.into(),
            data: qasm(case.qubits, gates).into_bytes(),
        }),
        shots: case.shots,
        ..ExecuteCircuitRequest::default()
    };
    let start = Instant::now();
    let answer = host.client.execute_circuit(request).await?.into_inner();
    Ok((1000.0 * answer.execution_time_sec, 1000.0 * start.elapsed().as_secs_f64()))
}
