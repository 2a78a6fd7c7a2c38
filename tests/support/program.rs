//! A command of the binary, run to its end.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::lines::Lines;
use super::watchdog::Watchdog;

/// Longest time for a command; a host that fails to start compiles first.
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl Finished {
    /// Checks the exit code; panics with all of it if it is another.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Checks that the complaint holds each of these texts.
    #[track_caller]
    pub fn complains(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in the complaint: {self:#?}");
        }
        self
    }
}

/// Runs a command to its end, with nothing on its stdin.
pub async fn finish(command: &mut Command) -> Finished {
    feed(command, b"").await
}

/// Runs a command to its end, with this on its stdin: no more than a pipe holds.
///
/// # Panics
/// When it does not end in time.
pub async fn feed(command: &mut Command, stdin: &[u8]) -> Finished {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut watchdog = Watchdog::over(&child);
    // A command that does not read may be gone already.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let stdout = Lines::read(child.stdout.take().unwrap());
    let stderr = Lines::read(child.stderr.take().unwrap());
    let ended = stdout.ended(PATIENCE).await && stderr.ended(PATIENCE).await;
    watchdog.call_off();
    if !ended {
        let _ = child.kill();
    }
    let code = child.wait().unwrap().code();
    let finished = Finished { code, stdout: stdout.text(), stderr: stderr.text() };
    assert!(ended, "{command:?} does not end: {finished:#?}");
    finished
}
