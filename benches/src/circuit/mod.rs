//! `circuit`: how fast circuits are read and written, how much memory that takes, and whether both grow
//! with the circuit and no faster; and what the last fuzz campaigns came to.
//!
//! Input and yardstick take turns, round after round, on one thread; a row is the median of its rounds. The
//! yardstick of AQO JSON is `serde_json` making plain structs of the same bytes, without any check.

mod campaigns;
mod inputs;
pub mod memory;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use eigen_circuit::{Bindings, Form, Limits, Source, check, compile, emit};

use crate::load::median;
use crate::progress::Progress;
use crate::report::{self, Row};

/// Measured inputs, and how.
#[derive(Args)]
pub struct Options {
    /// Small inputs, few rounds: shows that everything works, not how fast it is
    #[arg(long)]
    short: bool,
    /// Where the JSON goes [default: bench/circuit.json in the target folder]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Speed over the yardstick's that AQO JSON has to reach.
const JSON_RATIO: f64 = 0.5;
/// MB/s that OpenQASM has to reach.
const QASM_SPEED: f64 = 20.0;
/// Bytes an operation, beyond four times the input.
const MEMORY: f64 = 200.0;
/// Time an operation of the largest circuit over that of the smallest.
const GROWTH: f64 = 1.5;

/// Measures, prints the table, and writes the JSON.
pub fn run(options: &Options) -> Result<()> {
    let (operations, rounds) = if options.short { (2_000, 2) } else { (200_000, 9) };
    let progress = Progress::new(5);
    let bench = Bench { rounds };
    let mut rows = Vec::new();
    progress.part("AQO JSON");
    rows.extend(bench.json(operations)?);
    progress.step();
    progress.part("OpenQASM");
    rows.extend(bench.qasm(operations)?);
    progress.step();
    progress.part("emission");
    rows.extend(bench.emission(operations)?);
    progress.step();
    progress.part("growth");
    rows.extend(bench.growth(operations)?);
    progress.step();
    progress.part("memory");
    rows.extend(memory::rows(5 * operations)?);
    progress.step();
    drop(progress);
    let own = std::env::current_exe().context("this program cannot find itself")?;
    let target = own.ancestors().nth(2).context("this program is in no target folder")?;
    rows.extend(campaigns::rows(target)?);
    report::finish(
        "circuit",
        &format!("{operations} operations, one thread"),
        "YARDSTICK",
        &rows,
        options.json.as_deref(),
        target,
    )
}

/// Wide enough for whatever is measured.
pub fn limits() -> Limits {
    Limits { bytes: 1 << 30, ..Limits::default() }
}

struct Bench {
    rounds: usize,
}

impl Bench {
    fn json(&self, operations: usize) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for (name, text) in [
            ("gates", inputs::aqo(&inputs::mixed(operations))),
            ("rotations", inputs::aqo(&inputs::rotations(operations))),
        ] {
            let source = Source::AqoJson(text.as_bytes());
            let [ours, full, plain] = self.turns([
                &mut || drop(black_box(check(source, &Bindings::default(), &limits()))),
                &mut || drop(black_box(compile(source, &Bindings::default(), &limits()))),
                &mut || drop(black_box(serde_json::from_slice::<inputs::Plain>(text.as_bytes()))),
            ]);
            check(source, &Bindings::default(), &limits())?;
            let speed = |time| megabytes(text.len(), time);
            rows.push(
                Row::new(format!("aqo-json/{name}/parse-and-check"), speed(ours), "MB/s")
                    .beside(speed(plain))
                    .at_least_of_yardstick(JSON_RATIO),
            );
            rows.push(
                Row::new(format!("aqo-json/{name}/with-canonical-hash"), speed(full), "MB/s")
                    .beside(speed(plain)),
            );
        }
        Ok(rows)
    }

    fn qasm(&self, operations: usize) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let inputs = [
            ("gates", inputs::qasm3(&inputs::mixed(operations)), Some(QASM_SPEED)),
            ("version-2", inputs::qasm2(&inputs::mixed(operations)), Some(QASM_SPEED)),
            ("rotations", inputs::qasm3(&inputs::rotations(operations)), None),
        ];
        for (name, text, goal) in inputs {
            let source = Source::Qasm3(text.as_bytes());
            let [ours] =
                self.turns([&mut || drop(black_box(check(source, &Bindings::default(), &limits())))]);
            check(source, &Bindings::default(), &limits())?;
            let row =
                Row::new(format!("openqasm/{name}/parse-and-check"), megabytes(text.len(), ours), "MB/s");
            rows.push(match goal {
                Some(goal) => row.at_least(goal),
                None => row,
            });
        }
        let text = inputs::loops(operations);
        let source = Source::Qasm3(text.as_bytes());
        let [ours] = self.turns([&mut || drop(black_box(check(source, &Bindings::default(), &limits())))]);
        let steps = check(source, &Bindings::default(), &limits())?.steps.len();
        let each = ours.as_secs_f64() * 1e9 / steps as f64;
        rows.push(Row::new("openqasm/loops/operation", each, "ns"));
        Ok(rows)
    }

    fn emission(&self, operations: usize) -> Result<Vec<Row>> {
        let text = inputs::aqo(&inputs::mixed(operations));
        let program = check(Source::AqoJson(text.as_bytes()), &Bindings::default(), &limits())?;
        let mut rows = Vec::new();
        for (name, form) in [
            ("aqo-json", Form::AqoJson),
            ("aqo-proto", Form::AqoProto),
            ("openqasm-3", Form::Qasm3),
            ("openqasm-2", Form::Qasm2),
        ] {
            let [time] = self.turns([&mut || drop(black_box(emit(&program, form)))]);
            let bytes = emit(&program, form).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
            rows.push(Row::new(format!("emission/{name}"), megabytes(bytes.len(), time), "MB/s"));
        }
        let proto = emit(&program, Form::AqoProto).map_err(|error| anyhow::anyhow!("{error}"))?;
        let source = Source::AqoProto(&proto);
        let [time] = self.turns([&mut || drop(black_box(check(source, &Bindings::default(), &limits())))]);
        check(source, &Bindings::default(), &limits())?;
        rows.push(Row::new("aqo-proto/parse-and-check", megabytes(proto.len(), time), "MB/s"));
        Ok(rows)
    }

    /// Time an operation of a large circuit, beside that of one a hundred times smaller.
    fn growth(&self, operations: usize) -> Result<Vec<Row>> {
        let (small, large) = (operations / 20, 5 * operations);
        let aqo = [small, large].map(|count| inputs::aqo(&inputs::mixed(count)));
        let qasm = [small, large].map(|count| inputs::qasm3(&inputs::mixed(count)));
        let mut rows = Vec::new();
        for (name, texts, source) in [
            ("aqo-json", &aqo, of_json as fn(&[u8]) -> Source<'_>),
            ("openqasm", &qasm, of_qasm as fn(&[u8]) -> Source<'_>),
        ] {
            let read =
                |text: &str| drop(black_box(check(source(text.as_bytes()), &Bindings::default(), &limits())));
            // As many small ones as make up a large one, so that both turns last alike.
            let [few, many] = self.turns([&mut || read(&texts[1]), &mut || {
                (0..large / small).for_each(|_| read(&texts[0]));
            }]);
            check(source(texts[1].as_bytes()), &Bindings::default(), &limits())?;
            let each = |time: Duration| time.as_secs_f64() * 1e9 / large as f64;
            rows.push(
                Row::new(format!("{name}/{large}-operations/operation"), each(few), "ns")
                    .beside(each(many))
                    .at_most_of_yardstick(GROWTH),
            );
        }
        Ok(rows)
    }

    /// Median times of pieces of work that take turns.
    fn turns<const N: usize>(&self, mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
        let mut times = [const { Vec::new() }; N];
        for _ in 0..=self.rounds {
            for (work, times) in works.iter_mut().zip(&mut times) {
                let started = Instant::now();
                work();
                times.push(started.elapsed().as_secs_f64());
            }
        }
        // The first round warms up.
        times.map(|times: Vec<f64>| Duration::from_secs_f64(median(times.into_iter().skip(1))))
    }
}

fn megabytes(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

fn of_json(text: &[u8]) -> Source<'_> {
    Source::AqoJson(text)
}

fn of_qasm(text: &[u8]) -> Source<'_> {
    Source::Qasm3(text)
}
