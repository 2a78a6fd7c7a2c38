//! Where a secret comes from.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Secret;
use crate::config::SecretSource;

/// Largest secret, in bytes.
const MOST: u64 = 64 << 10;
/// How often a command is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// How long a command may take, and how long what it printed is taken for true.
#[derive(Debug, Clone, Copy)]
pub struct CommandPatience {
    /// For one run.
    pub timeout: Duration,
    /// From one run to the next.
    pub ttl: Duration,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No secret of that name is configured.
    #[error("no such secret is configured")]
    Unknown,
    /// The environment variable is not set.
    #[error("the environment variable `{0}` is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Systemd has given no credentials to this process.
    #[error("systemd has given this process no credentials (`CREDENTIALS_DIRECTORY` is not set)")]
    NoCredentials,
    /// The command failed.
    #[error("the command {0}")]
    Command(String),
    /// What the source gives cannot be a secret.
    #[error("it is empty, too long, not UTF-8, or holds control characters")]
    Unfit,
}

#[derive(Debug)]
pub(super) enum Source {
    Variable(String),
    File(PathBuf, Mutex<Option<(Print, Secret)>>),
    Credential(String),
    Command(Vec<String>, CommandPatience, Mutex<Option<(Instant, Secret)>>),
}

/// What tells a file from what it was.
type Print = (u64, u64, i64, i64, u64);

fn print(metadata: &Metadata) -> Print {
    (metadata.dev(), metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.len())
}

impl Source {
    pub(super) fn new(config: &SecretSource, patience: CommandPatience) -> Self {
        match config {
            SecretSource { file: Some(path), .. } => Self::File(path.clone(), Mutex::default()),
            SecretSource { credential: Some(name), .. } => Self::Credential(name.clone()),
            SecretSource { command: Some(words), .. } => {
                Self::Command(words.clone(), patience, Mutex::default())
            }
            SecretSource { env, .. } => Self::Variable(env.clone().unwrap_or_default()),
        }
    }

    pub(super) fn fetch(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Variable(name) => {
                let value = std::env::var_os(name).ok_or_else(|| SecretError::NoVariable(name.clone()))?;
                fit(value.into_encoded_bytes())
            }
            Self::File(path, known) => {
                let metadata = fs::metadata(path)
                    .map_err(|error| SecretError::Unreadable { path: path.clone(), error })?;
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                match &*known {
                    Some((before, secret)) if *before == print(&metadata) => Ok(secret.clone()),
                    _ => {
                        let secret = read(path)?;
                        *known = Some((print(&metadata), secret.clone()));
                        Ok(secret)
                    }
                }
            }
            Self::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(SecretError::NoCredentials)?;
                read(&PathBuf::from(folder).join(name))
            }
            Self::Command(words, patience, known) => {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                match &*known {
                    Some((at, secret)) if at.elapsed() < patience.ttl => Ok(secret.clone()),
                    _ => {
                        let secret = run(words, patience.timeout)?;
                        *known = Some((Instant::now(), secret.clone()));
                        Ok(secret)
                    }
                }
            }
        }
    }
}

fn read(path: &Path) -> Result<Secret, SecretError> {
    let unreadable = |error| SecretError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    fit(bytes)
}

/// Its standard error is the operator's business, and is not read: it might hold the secret.
fn run(words: &[String], timeout: Duration) -> Result<Secret, SecretError> {
    let failed = |why: String| SecretError::Command(why);
    let (program, arguments) = words.split_first().ok_or(SecretError::Unknown)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let output = child.stdout.take();
    let (read, bytes) = std::sync::mpsc::channel();
    // Not joined: whoever inherits the output may hold it open for ever.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        output.map(|output| output.take(MOST + 1).read_to_end(&mut bytes));
        let _ = read.send(bytes);
    });
    let until = Instant::now() + timeout;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("took longer than {timeout:?}")));
            }
        }
    };
    let left = until.saturating_duration_since(Instant::now());
    let bytes = bytes.recv_timeout(left).map_err(|_| failed("leaves its output open".to_owned()))?;
    if status.success() { fit(bytes) } else { Err(failed(format!("failed ({status})"))) }
}

/// One line end after it is taken off, as editors and `echo` write it.
fn fit(bytes: Vec<u8>) -> Result<Secret, SecretError> {
    let text = zeroize::Zeroizing::new(String::from_utf8(bytes).map_err(|_| SecretError::Unfit)?);
    let trimmed =
        text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    let fits = !trimmed.is_empty() && trimmed.len() as u64 <= MOST && !trimmed.contains(char::is_control);
    if fits { Ok(Secret::new(trimmed.to_owned())) } else { Err(SecretError::Unfit) }
}
