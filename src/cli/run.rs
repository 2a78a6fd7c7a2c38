//! `run`: a circuit file in, a histogram out.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::circuit::source;
use super::client::connect;
use super::exit::Problem;
use super::show::{print_json, sorted};
use super::{ClientArgs, chart, say};
use crate::grpc::proto;

/// How the counts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// A chart on a terminal, else plain.
    Auto,
    /// Bars.
    Chart,
    /// One line an outcome: bitstring, tab, count; by bitstring.
    Plain,
    /// The whole answer.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The circuit: AQO JSON, AQO protobuf or OpenQASM; - reads stdin.
    circuit: PathBuf,
    /// The device to run on.
    #[arg(long, default_value = "sim:local")]
    device: String,
    /// How often to run it.
    #[arg(long, default_value_t = 1024)]
    shots: i32,
    /// Fixes all randomness.
    #[arg(long)]
    seed: Option<u64>,
    /// Binds a parameter of the circuit; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// Passes an option to the host and the driver; may be repeated.
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = pair)]
    options: Vec<(String, String)>,
    /// The job this belongs to.
    #[arg(long, default_value = "")]
    job_id: String,
    /// How long to wait, such as 30s.
    #[arg(long, value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// How the counts are shown.
    #[arg(long, value_enum, default_value_t = Output::Auto)]
    output: Output,
    #[command(flatten)]
    client: ClientArgs,
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    if key.is_empty() { Err("the name is empty".to_owned()) } else { Ok((key.to_owned(), value.to_owned())) }
}

pub(super) async fn run(args: &RunArgs) -> Result<ExitCode, Problem> {
    let data = source::read(&args.circuit)?;
    let mut client = connect(&args.client).await?;
    let mut request = tonic::Request::new(proto::ExecuteCircuitRequest {
        job_id: args.job_id.clone(),
        device_id: args.device.clone(),
        payload: Some(proto::CircuitPayload { format: source::format(&args.circuit, &data).into(), data }),
        shots: args.shots,
        options: options(args),
    });
    if let Some(timeout) = args.timeout {
        request.set_timeout(timeout);
    }
    let answer = client.execute_circuit(request).await?.into_inner();
    print(args, &answer);
    Ok(ExitCode::SUCCESS)
}

fn options(args: &RunArgs) -> HashMap<String, String> {
    let params = args.params.iter().map(|(name, value)| (format!("param.{name}"), value.clone()));
    let seed = args.seed.map(|seed| ("seed".to_owned(), seed.to_string()));
    args.options.iter().cloned().chain(params).chain(seed).collect()
}

fn print(args: &RunArgs, answer: &proto::ExecuteCircuitResponse) {
    let counts = sorted(&answer.counts);
    let output = match args.output {
        _ if args.client.json => Output::Json,
        Output::Auto if std::io::stdout().is_terminal() => Output::Chart,
        Output::Auto => Output::Plain,
        output => output,
    };
    match output {
        Output::Json => print_json(&json!({
            "counts": counts,
            "execution_time_sec": answer.execution_time_sec,
            "metadata": sorted(&answer.metadata),
        })),
        Output::Plain | Output::Auto => {
            for (bits, count) in &counts {
                say(format_args!("{bits}\t{count}"));
            }
        }
        Output::Chart => say(chart::draw(&counts, chart::terminal_width()).trim_end()),
    }
}
