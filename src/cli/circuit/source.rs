//! A circuit file, and the front end over it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use eigen_circuit::{Bindings, Compiled, Errors, Limits, Source, compile};

use crate::cli::exit::Problem;
use crate::grpc::proto::CircuitFormat;

#[derive(Debug, Args)]
pub(in crate::cli) struct SourceArgs {
    /// The circuit: AQO JSON (.json, .aqo), AQO protobuf (.pb) or OpenQASM (.qasm); - reads stdin.
    circuit: PathBuf,
    /// Binds a parameter of the circuit; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = crate::cli::run::pair)]
    params: Vec<(String, String)>,
}

/// A circuit in memory.
pub(in crate::cli) struct Read {
    name: String,
    format: CircuitFormat,
    data: Vec<u8>,
    params: Vec<(String, String)>,
}

impl SourceArgs {
    pub(in crate::cli) fn read(&self) -> Result<Read, Problem> {
        let data = read(&self.circuit)?;
        let params = self.params.iter().map(|(name, value)| (format!("param.{name}"), value.clone()));
        Ok(Read {
            name: self.circuit.display().to_string(),
            format: format(&self.circuit, &data),
            data,
            params: params.collect(),
        })
    }
}

impl Read {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn compile(&self) -> Result<Compiled, Errors> {
        let bindings =
            Bindings::from_options(self.params.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let source = match self.format {
            CircuitFormat::AqoJson => Source::AqoJson(&self.data),
            CircuitFormat::AqoProto => Source::AqoProto(&self.data),
            _ => Source::Qasm3(&self.data),
        };
        compile(source, &bindings, &Limits::default())
    }

    /// All errors, each with its line and a caret under the place.
    pub(super) fn refused(&self, errors: &Errors) -> Problem {
        let text = String::from_utf8_lossy(&self.data);
        Problem::Refused(format!("{}:\n{}", self.name, errors.render(&text)))
    }
}

/// The whole file, or stdin for `-`.
pub(in crate::cli) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    if path == Path::new("-") {
        let mut data = Vec::new();
        std::io::stdin().read_to_end(&mut data).map_err(|error| Problem::Usage(format!("stdin: {error}")))?;
        return Ok(data);
    }
    std::fs::read(path).map_err(|error| Problem::Usage(format!("{}: {error}", path.display())))
}

/// By the file's name; where that does not tell, JSON starts with a brace and OpenQASM cannot.
pub(in crate::cli) fn format(path: &Path, data: &[u8]) -> CircuitFormat {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json" | "aqo") => CircuitFormat::AqoJson,
        Some("pb" | "binpb") => CircuitFormat::AqoProto,
        Some("qasm" | "qasm2" | "qasm3" | "inc") => CircuitFormat::Qasm3Text,
        _ if data.trim_ascii_start().starts_with(b"{") => CircuitFormat::AqoJson,
        _ => CircuitFormat::Qasm3Text,
    }
}
