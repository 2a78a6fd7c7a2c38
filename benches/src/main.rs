//! Measurements of the Driver Manager: `cargo xtask bench NAME`.
//!
//! Each benchmark is a sub-command with a module of its own. It measures beside a yardstick in the same run,
//! the host as the real release binary from outside, prints a table, and leaves the same rows as JSON in
//! `bench/NAME.json` of the target folder. What the rows mean: docs/performance.md.

mod circuit;
mod dispatch;
mod echo;
mod host;
mod hostile;
mod load;
mod progress;
mod python;
mod report;
mod resilience;
mod server;
mod simulator;
mod swap;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// The generated code of `proto/`.
mod proto {
    #![allow(missing_docs, clippy::pedantic, reason = "generated; the documentation is in proto/")]
    tonic::include_proto!("eigen.internal.v1");
}

/// The generated code of the operators' service.
mod admin_proto {
    #![allow(missing_docs, clippy::pedantic, reason = "generated; the documentation is in proto/")]
    tonic::include_proto!("eigen.driver_manager.admin.v1");
}

/// Measurements of the Driver Manager.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// What the host adds to a call: Bell circuits over gRPC, beside a bare gRPC server
    Dispatch(dispatch::Options),
    /// How fast circuits are read and written, beside a plain JSON parser
    Circuit(circuit::Options),
    /// Drivers replaced under load: nothing lost, and how long an operator waits
    Swap(swap::Options),
    /// How failures and overload are met: what callers get, what is submitted, what it costs
    Resilience(resilience::Options),
    /// What attacks of drivers cost a neighbour, and what they leave behind
    Hostile(hostile::Options),
    /// What a driver in Python costs, and what callers notice when its workers are killed
    Python(python::Options),
    /// The built-in simulator beside native ones
    Simulator(simulator::Options),
    /// What `circuit` measures in a process of its own
    #[command(hide = true)]
    CircuitMemory {
        /// `aqo-json` or `openqasm`
        language: String,
        /// Of the circuit
        operations: usize,
    },
    /// The bare server that `dispatch` starts
    #[command(hide = true)]
    Echo,
}

fn main() -> Result<()> {
    let benchmark = Cli::parse().benchmark;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match benchmark {
            // Interrupted, the servers it started end with it.
            Benchmark::Dispatch(options) => tokio::select! {
                done = dispatch::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Swap(options) => tokio::select! {
                done = swap::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Resilience(options) => tokio::select! {
                done = resilience::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Hostile(options) => tokio::select! {
                done = hostile::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Python(options) => tokio::select! {
                done = python::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Simulator(options) => tokio::select! {
                done = simulator::run(&options) => done,
                signal = interrupted() => signal.and_then(|()| bail!("interrupted")),
            },
            Benchmark::Circuit(options) => circuit::run(&options),
            Benchmark::CircuitMemory { language, operations } => {
                circuit::memory::measure(&language, operations)
            }
            Benchmark::Echo => echo::serve().await,
        }
    })
}

async fn interrupted() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        pressed = tokio::signal::ctrl_c() => pressed.context("cannot listen for signals"),
    }
}
