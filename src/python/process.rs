//! The process of a worker: how it is started, and what it writes.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tracing::Level;

use super::sandbox::{self, Network, Policy};
use super::scratch::Scratch;
use super::spawner;
use super::way::Way;
use crate::secrets::Veil;
use crate::telemetry::guest::{Cover, GuestLog, GuestOutput};

/// Bytes of output that are read at once.
const CHUNK: usize = 8 << 10;
/// Variables of the host's environment that a worker gets.
const KEPT: [&str; 3] = ["LANG", "LC_ALL", "TZ"];
/// The program that runs: this one, even where its file was replaced meanwhile.
const OURSELVES: &str = "/proc/self/exe";

/// What it takes to start workers of one driver.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    /// The interpreter of the driver's environment.
    pub(super) interpreter: PathBuf,
    /// The folder with `bootstrap.py`, the worker's module and the package of drivers.
    pub(super) bridge: PathBuf,
    /// What is around a worker, but for its own folder; without it there is nothing.
    pub(super) policy: Option<Policy>,
    /// Where workers get folders for temporary files.
    pub(super) scratch: Arc<Scratch>,
}

/// A worker that was started. It is killed when this is dropped.
pub(super) struct Process {
    pub(super) child: Child,
    /// Its own folder for temporary files, gone with it.
    _temporary: TempDir,
}

impl Launch {
    /// Starts a worker: the socket is its standard input, which it takes over. What it prints is logged, covered.
    pub(super) async fn start(
        &self,
        log: &Arc<GuestLog>,
        way: &Way,
        veil: &Veil,
    ) -> io::Result<(Process, UnixStream)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let user = self.policy.as_ref().and_then(|policy| policy.user);
        let temporary = self.scratch.folder(user)?;
        let mut command = self.command(Some(temporary.path()));
        command.arg(self.bridge.join("bootstrap.py")).arg("0");
        if self.policy.is_some() {
            command.arg("sealed");
        }
        command.env("TMPDIR", temporary.path()).env("HOME", temporary.path());
        command.envs(way.environment(temporary.path())?);
        command.current_dir(temporary.path());
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawner::spawn(command).await?;
        let veil = veil.clone();
        let cover: Cover = Arc::new(move |line| veil.cover(line));
        let output = |level| GuestOutput::covered(Arc::clone(log), level, Arc::clone(&cover));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(listen(stdout, output(Level::INFO)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen(stderr, output(Level::WARN)));
        }
        Ok((Process { child, _temporary: temporary }, UnixStream::from_std(ours)?))
    }

    /// Whether nothing leads out of a worker: the whole sandbox is certain, and it may connect to nothing.
    pub(super) fn is_shut_in(&self) -> bool {
        self.policy.as_ref().is_some_and(|policy| !policy.best_effort && policy.network == Network::None)
    }

    /// Starts the interpreter for nothing, as a worker would be: whether it can run in its sandbox.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) async fn try_out(&self) -> Result<(), String> {
        let mut command = self.command(None);
        command.args(["-c", "pass"]).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = spawner::spawn(command).await.map_err(|error| error.to_string())?;
        let output = child.wait_with_output().await.map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(said.lines().last().map_or_else(|| output.status.to_string(), str::to_owned))
    }

    /// The interpreter, isolated from the variables and folders of the user, behind the launcher.
    fn command(&self, temporary: Option<&Path>) -> Command {
        let mut command = match &self.policy {
            Some(policy) => {
                let mut policy = policy.clone();
                policy.write.extend(temporary.map(Path::to_owned));
                let mut command = Command::new(OURSELVES);
                command.arg(sandbox::COMMAND);
                command.arg(serde_json::to_string(&policy).unwrap_or_default()).arg(&self.interpreter);
                command
            }
            None => Command::new(&self.interpreter),
        };
        command.arg("-I").env_clear().kill_on_drop(true);
        command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        if self.policy.is_none() {
            command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        }
        command
    }
}

async fn listen(mut from: impl AsyncRead + Unpin, to: Arc<GuestOutput>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        to.take_in(&chunk[..length]);
    }
    to.end_line();
}
