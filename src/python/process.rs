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

use super::way::Way;
use crate::secrets::Veil;
use crate::telemetry::guest::{Cover, GuestLog, GuestOutput};

/// Bytes of output that are read at once.
const CHUNK: usize = 8 << 10;
/// How long an interpreter may take to say what it is.
const ASKED: std::time::Duration = std::time::Duration::from_secs(10);
/// Variables of the host's environment that a worker gets.
const KEPT: [&str; 4] = ["PATH", "LANG", "LC_ALL", "TZ"];

/// What it takes to start workers of one driver.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    /// The interpreter of the driver's environment.
    pub(super) interpreter: PathBuf,
    /// The folder with `bootstrap.py`, the worker's module and the package of drivers.
    pub(super) bridge: PathBuf,
}

/// A worker that was started. It is killed when this is dropped.
pub(super) struct Process {
    pub(super) child: Child,
    /// Its own folder for temporary files, gone with it.
    _temporary: TempDir,
}

impl Launch {
    /// Starts a worker: the socket is its standard input, which it takes over. What it prints is logged, covered.
    pub(super) fn start(
        &self,
        log: &Arc<GuestLog>,
        way: &Way,
        veil: &Veil,
    ) -> io::Result<(Process, UnixStream)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let temporary = tempfile::Builder::new().prefix("eigen-python-").tempdir()?;
        let mut command = Command::new(&self.interpreter);
        command.arg("-I").arg(self.bridge.join("bootstrap.py")).arg("0");
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("TMPDIR", temporary.path()).env("HOME", temporary.path());
        command.envs(way.environment(temporary.path())?);
        command.current_dir(temporary.path());
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
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
}

async fn listen(mut from: impl AsyncRead + Unpin, to: Arc<GuestOutput>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        to.take_in(&chunk[..length]);
    }
    to.end_line();
}

/// What an interpreter calls itself. Programs that stand in for one need surroundings that a worker does not get.
///
/// # Errors
/// Why it cannot be asked, or is too old.
pub(super) async fn real(interpreter: &Path) -> Result<PathBuf, String> {
    const ASK: &str = "import sys; assert sys.version_info >= (3, 9), sys.version; print(sys.executable)";
    let mut command = Command::new(interpreter);
    command.args(["-I", "-c", ASK]).stdin(Stdio::null()).kill_on_drop(true);
    let asked = tokio::time::timeout(ASKED, command.output()).await;
    let output = asked.map_err(|_| format!("it does not answer within {ASKED:?}"))?;
    let output = output.map_err(|error| error.to_string())?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && Path::new(&path).is_file() {
        return Ok(path.into());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(said.lines().last().unwrap_or("it does not say what it is").to_owned())
}

/// The interpreter that a path or a name stands for: a virtual environment's folder, a file, or a program on `PATH`.
pub(super) fn interpreter(named: &Path) -> Option<PathBuf> {
    let executable = |path: PathBuf| path.is_file().then_some(path);
    if named.is_dir() {
        return executable(named.join("bin/python"));
    }
    if named.components().count() > 1 {
        return executable(named.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).find_map(|folder| executable(folder.join(named)))
}
