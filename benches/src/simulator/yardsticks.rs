//! The native simulators, in a virtual environment of their own and a process of theirs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::circuits::Gate;

const PACKAGES: [&str; 7] =
    ["numpy", "qiskit", "qiskit-aer", "qulacs", "pennylane-lightning", "qsimcirq", "stim"];

const SCRIPT: &str = include_str!("yardsticks.py");

/// The running process.
pub struct Yardsticks {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Yardsticks {
    /// Installs what is missing into `bench/yardsticks` of the target folder, and starts.
    pub fn start(target: &Path) -> Result<Self> {
        let folder = target.join("bench/yardsticks");
        let python = folder.join("bin/python");
        let installed = folder.join("installed");
        if !installed.is_file() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
            std::fs::write(&installed, PACKAGES.join("\n"))?;
        }
        let mut child = Command::new(&python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the yardsticks do not start")?;
        let requests = child.stdin.take().context("no input of the yardsticks")?;
        let answers = BufReader::new(child.stdout.take().context("no output of the yardsticks")?);
        Ok(Self { child, requests, answers })
    }

    /// Milliseconds that an engine takes.
    pub fn time(&mut self, engine: &str, qubits: usize, shots: i32, gates: &[Gate]) -> Result<f64> {
        let request = json!({ "engine": engine, "qubits": qubits, "shots": shots, "gates": gates });
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).context("the yardsticks ended")?;
        answer["ms"].as_f64().with_context(|| format!("{engine}: {}", answer["error"]))
    }
}

impl Drop for Yardsticks {
    fn drop(&mut self) {
        // Whether it has ended already does not matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
