//! A server under test: a child process that says when it is ready, and never outlives us.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::sync::oneshot;
use tonic::transport::Endpoint;

/// The longest that a start may take; a first one compiles every driver.
const START_LIMIT: Duration = Duration::from_mins(2);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How many lines of its log are shown of a server that does not start.
const TAIL_LINES: usize = 10;

/// A server that serves; killed when dropped.
pub struct Server {
    child: Killed,
    endpoint: Endpoint,
    admin: Option<String>,
    /// From before the process was made to its word that it is ready.
    pub started_in: Duration,
}

impl Server {
    /// Starts the command, with its log in the file, and waits for a line `ready grpc=ADDRESS …` on its
    /// standard output.
    pub async fn start(mut command: Command, log: &Path) -> Result<Self> {
        let stderr = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let program = command.get_program().to_owned();
        let begun = Instant::now();
        let mut child =
            Killed(command.spawn().with_context(|| format!("cannot start {}", program.display()))?);
        let output = child.0.stdout.take().context("a child without standard output")?;
        let ready = tokio::time::timeout(START_LIMIT, first_ready_line(output)).await;
        let Ok(Some((line, at))) = ready else {
            bail!("{} did not become ready{}", program.display(), tail(log));
        };
        let address = address(&line, "grpc=").context("a ready line without an address")?;
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?.connect_timeout(CONNECT_LIMIT);
        let admin = self::address(&line, "admin=").map(str::to_owned);
        Ok(Self { child, endpoint, admin, started_in: at.duration_since(begun) })
    }

    /// Where callers connect to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Where operators connect to, if the server says so.
    pub fn admin(&self) -> Option<&str> {
        self.admin.as_deref()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Memory in RAM now (`VmRSS`: private, shared, and the mapped parts of the program), MiB.
    pub fn resident(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.0.id());
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kib: f64 = kib.with_context(|| format!("{path} has no VmRSS"))?.parse()?;
        Ok(kib / 1024.0)
    }
}

/// A child that is killed, and waited for, when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The line that says the server is ready, and when it came; `None` if the output ended
/// without one. The output is read on to its end, so that the server can always write.
async fn first_ready_line(output: ChildStdout) -> Option<(String, Instant)> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if address(&line, "grpc=").is_some()
                && let Some(sender) = sender.take()
            {
                // Nobody waits any more after the limit.
                let _ = sender.send((line, Instant::now()));
            }
        }
    });
    receiver.await.ok()
}

/// Reads an address of `ready grpc=127.0.0.1:50061 …`.
fn address<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix("ready ")?.split_whitespace().find_map(|word| word.strip_prefix(key))
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    if last.is_empty() { String::new() } else { format!("; its last words:\n{}", last.join("\n")) }
}

/// Whether a start left anything in the folder; an empty cache would make the next start a cold one.
pub fn ensure_filled(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    ensure!(entries.count() > 0, "the host left nothing in its cache {}", folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_the_grpc_address() {
        assert_eq!(address("ready grpc=127.0.0.1:4001 http=127.0.0.1:4002", "grpc="), Some("127.0.0.1:4001"));
        assert_eq!(address("ready grpc=127.0.0.1:4001", "grpc="), Some("127.0.0.1:4001"));
        for other in ["", "ready", "ready http=127.0.0.1:1", "not ready grpc=127.0.0.1:1"] {
            assert_eq!(address(other, "grpc="), None, "{other}");
        }
    }
}
