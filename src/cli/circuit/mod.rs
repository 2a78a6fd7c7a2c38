//! `circuit check|convert|show`: the front end without a host, for people who write circuits.

mod drawing;
pub(super) mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use eigen_circuit::program::GateName;
use eigen_circuit::{Form, GateSet, decompose, emit};
use serde_json::json;

use super::exit::Problem;
use super::say;
use super::show::print_json;
use source::SourceArgs;

#[derive(Debug, Subcommand)]
pub(super) enum CircuitCommand {
    /// Say everything that is wrong with a circuit, and where.
    Check {
        #[command(flatten)]
        source: SourceArgs,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write a circuit in another form, or with other gates.
    Convert(ConvertArgs),
    /// Draw a circuit, and count what is in it.
    Show {
        #[command(flatten)]
        source: SourceArgs,
        /// The widest line; without it, that of the terminal.
        #[arg(long)]
        width: Option<usize>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The form to write.
    #[arg(long, value_enum)]
    to: To,
    /// Use these gates only, such as `rz,sx,cx`.
    #[arg(long, value_delimiter = ',', value_parser = gate)]
    gates: Vec<GateName>,
    /// Where to write; without it, stdout.
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// A form to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// AQO 1.0.0 as canonical JSON.
    AqoJson,
    /// AQO 1.0.0 as a protobuf message.
    AqoProto,
    /// OpenQASM 3.0.
    Qasm3,
    /// OpenQASM 2.0.
    Qasm2,
}

impl From<To> for Form {
    fn from(to: To) -> Self {
        match to {
            To::AqoJson => Self::AqoJson,
            To::AqoProto => Self::AqoProto,
            To::Qasm3 => Self::Qasm3,
            To::Qasm2 => Self::Qasm2,
        }
    }
}

fn gate(text: &str) -> Result<GateName, String> {
    let wanted = text.trim().to_ascii_lowercase();
    let known = GateName::ALL.iter().find(|name| name.as_str() == wanted);
    known.copied().ok_or_else(|| {
        let names: Vec<_> = GateName::ALL.iter().map(|name| name.as_str()).collect();
        format!("there is no such gate; there are {}", names.join(", "))
    })
}

pub(super) fn run(command: &CircuitCommand) -> Result<ExitCode, Problem> {
    match command {
        CircuitCommand::Check { source, json } => check(source, *json),
        CircuitCommand::Convert(args) => convert(args),
        CircuitCommand::Show { source, width } => show(source, *width),
    }
}

fn check(source: &SourceArgs, as_json: bool) -> Result<ExitCode, Problem> {
    let read = source.read()?;
    match read.compile() {
        Ok(compiled) => {
            let stats = compiled.program.stats();
            if as_json {
                print_json(&json!({
                    "valid": true,
                    "qubits": stats.qubits,
                    "classical_bits": compiled.program.output_bits,
                    "operations": stats.operations,
                    "entangling": stats.entangling,
                    "depth": stats.depth,
                    "circuit_hash": compiled.identity.hex(),
                    "parameters": compiled.bound_parameters.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                    "warnings": compiled.warnings,
                }));
                return Ok(ExitCode::SUCCESS);
            }
            for warning in &compiled.warnings {
                eprintln!("warning: {warning}");
            }
            say(format_args!(
                "{}: {} qubits, {} classical bits, {} operations, depth {}",
                read.name(),
                stats.qubits,
                compiled.program.output_bits,
                stats.operations,
                stats.depth
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) if as_json => {
            let told = errors.iter().map(|error| {
                let (line, column) = error.position.line_column().unzip();
                let path = error.position.path();
                json!({ "line": line, "column": column, "path": path, "message": error.message })
            });
            print_json(&json!({ "valid": false, "errors": told.collect::<Vec<_>>() }));
            Ok(ExitCode::from(3))
        }
        Err(errors) => Err(read.refused(&errors)),
    }
}

fn convert(args: &ConvertArgs) -> Result<ExitCode, Problem> {
    let read = args.source.read()?;
    let compiled = read.compile().map_err(|errors| read.refused(&errors))?;
    for warning in &compiled.warnings {
        eprintln!("warning: {warning}");
    }
    let inexpressible = |error| Problem::Refused(format!("{}: {error}", read.name()));
    let program = if args.gates.is_empty() {
        compiled.program
    } else {
        let always = [GateName::Measure, GateName::Reset, GateName::Barrier, GateName::Classical];
        let set: GateSet = args.gates.iter().copied().chain(always).collect();
        decompose(&compiled.program, set).map_err(inexpressible)?
    };
    let bytes = emit(&program, args.to.into()).map_err(inexpressible)?;
    match &args.output {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Problem::Usage(format!("cannot write {}: {error}", path.display())))?,
        None if args.to == To::AqoProto => {
            // A reader that has gone is no reason to fail.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &bytes);
        }
        None => say(String::from_utf8_lossy(&bytes).trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(source: &SourceArgs, width: Option<usize>) -> Result<ExitCode, Problem> {
    let read = source.read()?;
    let compiled = read.compile().map_err(|errors| read.refused(&errors))?;
    for warning in &compiled.warnings {
        eprintln!("warning: {warning}");
    }
    let width = width.unwrap_or_else(super::chart::terminal_width);
    say(drawing::draw(&compiled.program, width).trim_end());
    let stats = compiled.program.stats();
    say(format_args!(
        "\n{} qubits, {} classical bits, {} operations, {} of them on several qubits, depth {}",
        stats.qubits, compiled.program.output_bits, stats.operations, stats.entangling, stats.depth
    ));
    let mut counts = std::collections::BTreeMap::<GateName, usize>::new();
    compiled.program.steps.iter().for_each(|step| *counts.entry(step.operation.name()).or_default() += 1);
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    say(counts.join(", "));
    Ok(ExitCode::SUCCESS)
}
