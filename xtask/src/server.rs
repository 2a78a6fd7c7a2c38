//! The server as a child process: started on free loopback ports, stopped politely, never left behind.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::process::{self, Child};
use crate::progress::seconds;
use crate::project::Project;

/// A first start compiles every driver.
const START_LIMIT: Duration = Duration::from_mins(2);

/// A server that answers.
pub struct Server {
    child: Child,
    log: PathBuf,
    addresses: Addresses,
}

/// Where the server listens, by its own word.
#[derive(Debug, PartialEq, Eq)]
struct Addresses {
    grpc: String,
    http: String,
}

impl Server {
    /// Starts the server and waits until it says that it is ready. What it logs goes to
    /// `demo/server.log` in the target folder.
    pub fn start(project: &Project) -> Result<Self> {
        let log = project.log("demo", "server")?;
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let started = Instant::now();
        let mut command = project.command(project.program("driver-manager"), ".");
        command
            .args(["serve", "--config", "config/driver_manager.yaml"])
            .env("DRIVER_MANAGER_GRPC_BIND", "127.0.0.1:0")
            .env("DRIVER_MANAGER_METRICS_PORT", "0")
            .env("DRIVER_MANAGER_ADMIN_BIND", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(file.try_clone()?);
        let mut child = Child::start(&mut command)?;
        let output = child.stdout().context("the server has no standard output")?;
        let addresses = first_ready_line(output, file)
            .recv_timeout(START_LIMIT)
            .map_err(|_| anyhow!("{}{}", not_ready(&mut child), process::tail(&log)))?;
        eprintln!(
            "  the server is ready: gRPC on {}, health and metrics on http://{} ({})",
            addresses.grpc,
            addresses.http,
            seconds(started.elapsed())
        );
        Ok(Self { child, log, addresses })
    }

    /// Where clients connect to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addresses.grpc)
    }

    /// The file the server logs to.
    pub fn log(&self) -> &PathBuf {
        &self.log
    }

    /// Asks the server to end, and insists on a clean exit in time.
    pub fn stop(mut self) -> Result<()> {
        let started = Instant::now();
        if let Some(status) = self.child.ended()? {
            bail!("the server ended on its own ({status}){}", process::tail(&self.log));
        }
        self.child.terminate();
        let Some(status) = self.child.wait(process::GRACE)? else {
            bail!(
                "the server did not shut down within {}{}",
                seconds(process::GRACE),
                process::tail(&self.log)
            );
        };
        ensure!(
            status.success(),
            "the server did not shut down cleanly ({status}){}",
            process::tail(&self.log)
        );
        eprintln!("  the server has shut down cleanly ({})", seconds(started.elapsed()));
        Ok(())
    }
}

/// Reads the server's output to its end, into the log, and reports the line that says it is ready.
fn first_ready_line(output: ChildStdout, mut log: File) -> mpsc::Receiver<Addresses> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(addresses) = Addresses::parse(&line) {
                // Full or gone: the first such line is the one that counts.
                let _ = sender.try_send(addresses);
            }
            // The server must go on even if its log cannot.
            let _ = writeln!(log, "{line}");
        }
    });
    receiver
}

fn not_ready(child: &mut Child) -> String {
    match child.wait(Duration::from_millis(500)) {
        Ok(Some(status)) => format!("the server ended before it was ready ({status})"),
        _ => format!("the server was not ready within {}", seconds(START_LIMIT)),
    }
}

impl Addresses {
    /// Reads `ready grpc=127.0.0.1:50051 http=127.0.0.1:9090`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        (words.next()? == "ready").then_some(())?;
        let fields: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
        let field = |name| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Some(Self { grpc: field("grpc")?, http: field("http")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_both_addresses() {
        let expected = Addresses { grpc: "127.0.0.1:4001".into(), http: "127.0.0.1:4002".into() };
        assert_eq!(Addresses::parse("ready grpc=127.0.0.1:4001 http=127.0.0.1:4002"), Some(expected));
    }

    #[test]
    fn other_lines_are_not_taken_for_it() {
        for line in ["", "not ready grpc=a http=b", "ready", "ready grpc=a", "already grpc=a http=b"] {
            assert_eq!(Addresses::parse(line), None, "{line}");
        }
    }
}
