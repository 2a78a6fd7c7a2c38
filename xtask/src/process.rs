//! Child processes: their output is kept in a log file, their time is bounded, and none outlives us.
//!
//! Each child leads its own process group, and the groups alive are listed in one place. An interrupt
//! (Ctrl-C reaches only us then) ends every group on the list before this process ends itself, and a
//! [`Child`] dropped on an error path ends its own.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::{Progress, last_words};

/// How long a child may take to end after a polite request.
pub const GRACE: Duration = Duration::from_secs(10);

/// No child of ours has a reason to take longer.
pub const LONGEST: Duration = Duration::from_hours(4);

/// Lines that are shown of a failed test, from its beginning and from its end.
const SAID_LINES: usize = 40;
/// Bytes after which no further failed test is shown.
const SAID_BYTES: usize = 64 << 10;
/// How many lines of a log a failure shows.
const TAIL_LINES: usize = 40;

/// A line longer than this many bytes is written to its log in pieces.
const MAX_LINE: usize = 64 * 1024;

static ALIVE: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn alive() -> MutexGuard<'static, Vec<Pid>> {
    ALIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on an interrupt ends our children first, then us.
pub fn end_children_on_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // The list stays locked to the end: no child can appear, or be waited for, behind our back.
            let groups = alive();
            end_groups(&groups);
            eprintln!("\ninterrupted");
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// Asks every group to end; those still there after a moment are made to.
fn end_groups(groups: &[Pid]) {
    for group in groups {
        let _ = kill_process_group(*group, Signal::TERM);
    }
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline && groups.iter().any(|group| is_running(*group)) {
        thread::sleep(Duration::from_millis(20));
    }
    for group in groups {
        let _ = kill_process_group(*group, Signal::KILL);
    }
}

/// Whether any process of the group is left; the leader, our child, is waited for if it has ended.
fn is_running(group: Pid) -> bool {
    let _ = waitpid(Some(group), WaitOptions::NOHANG);
    test_kill_process_group(group).is_ok()
}

/// A running child that leads its own process group; ended when dropped.
pub struct Child {
    inner: std::process::Child,
    group: Option<Pid>,
}

impl Child {
    /// Starts `command` with nothing to read.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut list = alive();
        let inner = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", shown(command)))?;
        let group = i32::try_from(inner.id()).ok().and_then(Pid::from_raw);
        list.extend(group);
        Ok(Self { inner, group })
    }

    /// Takes what the child writes to standard output, if it was piped.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.inner.stdout.take()
    }

    /// The exit status, if the child has ended.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        let mut list = alive();
        let status = self.inner.try_wait().context("cannot wait for a child")?;
        // From here on the group's number may be given to others: it must never be signalled again.
        if status.is_some()
            && let Some(group) = self.group.take()
        {
            list.retain(|other| *other != group);
        }
        Ok(status)
    }

    /// Waits for the end; `None` when `limit` passes first.
    pub fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.ended()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks the child, and what it started, to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // Fails only if everything in the group has ended already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.group.is_some() {
            self.signal(Signal::KILL);
            let _ = self.wait(GRACE);
        }
    }
}

/// Runs a short command and returns what it wrote to standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let mut child = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (stdout, stderr) = (text(child.inner.stdout.take()), text(child.inner.stderr.take()));
    let status = child.wait(LONGEST)?.with_context(|| format!("{} does not end", shown(command)))?;
    let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().unwrap_or_default());
    if !status.success() {
        bail!("{} failed ({status}): {}", shown(command), stderr.trim());
    }
    Ok(stdout)
}

/// Reads everything on a thread of its own, so that a full pipe never holds the child up.
fn text(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is still worth having.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Runs a command that writes straight to our terminal.
pub fn inherit(command: &mut Command) -> Result<()> {
    let status =
        Child::start(command)?.wait(LONGEST)?.with_context(|| format!("{} does not end", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a long command: its output goes to `log`, its last line and the time are shown meanwhile.
/// A failure, or not being done within `limit`, is an error that ends with the tail of the log.
pub fn logged(label: &str, command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    let mut progress = Progress::start(label);
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    writeln!(file, "$ {}", shown(command))?;

    let (reader, writer) = io::pipe().context("cannot make a pipe")?;
    // Cargo draws its bar for us too: how many of how many crates are built is the best news there is.
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "100");
    command.env("CARGO_TERM_COLOR", "never");
    let mut child = Child::start(command.stdout(writer.try_clone()?).stderr(writer))?;
    // The command keeps its own ends of the pipe open until it is told otherwise.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (lines, news) = mpsc::sync_channel(64);
    // Words after the end of the step have no reader, and need none.
    thread::spawn(move || follow(reader, file, |line| drop(lines.send(last_words(line)))));
    let deadline = Instant::now() + limit;
    let status = loop {
        match news.recv_timeout(Duration::from_millis(100)) {
            Ok(words) if !words.is_empty() => progress.say(&words),
            // The output may be closed long before the end, or held open after it by a grandchild.
            Err(mpsc::RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(20)),
            _ => {}
        }
        if let Some(status) = child.ended()? {
            break status;
        }
        if Instant::now() >= deadline {
            bail!("{label}: not done after {} s{}", limit.as_secs(), tail(log));
        }
    };
    // The last lines may still be on their way into the log.
    let flushed = Instant::now() + Duration::from_secs(2);
    while Instant::now() < flushed {
        if let Err(mpsc::RecvTimeoutError::Disconnected) = news.recv_timeout(Duration::from_millis(100)) {
            break;
        }
    }
    if !status.success() {
        bail!("{label} failed ({status}){}", tail(log));
    }
    progress.done();
    Ok(())
}

/// Copies a child's lines to its log. A line that is overwritten in a terminal (it ends in a bare
/// carriage return) is news, but not worth keeping.
fn follow(output: impl Read, mut log: impl Write, mut news: impl FnMut(&str)) -> io::Result<()> {
    let mut line = Vec::new();
    let mut returned = false;
    for byte in BufReader::new(output).bytes() {
        let byte = byte?;
        if returned && byte != b'\n' {
            line.clear();
        }
        returned = byte == b'\r';
        match byte {
            b'\r' => news(&String::from_utf8_lossy(&line)),
            b'\n' => {
                news(&String::from_utf8_lossy(&line));
                line.push(b'\n');
                log.write_all(&line)?;
                line.clear();
            }
            other => line.push(other),
        }
        if line.len() >= MAX_LINE {
            log.write_all(&line)?;
            line.clear();
        }
    }
    log.write_all(&line)
}

/// The end of a log, ready to follow a sentence; empty if there is none.
pub fn tail(log: &Path) -> String {
    let Ok(bytes) = fs::read(log) else { return String::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    let failures = failures(&lines);
    format!("{failures}; the end of {}:\n{}", log.display(), last.join("\n"))
}

/// What failed tests said, as libtest prints it at the end of each binary's run; empty if none failed. What a
/// test said is cut in the middle: its panic comes first, and the log of what it tested last.
fn failures(lines: &[&str]) -> String {
    let head = |line: &str| line.starts_with("---- ") && line.ends_with(" ----");
    let ends = |line: &str| head(line) || line == "failures:" || line.starts_with("test result: ");
    let mut told: Vec<String> = Vec::new();
    for (start, name) in lines.iter().enumerate().filter(|(_, line)| head(line)) {
        let rest = &lines[start + 1..];
        let said = &rest[..rest.iter().position(|line| ends(line)).unwrap_or(rest.len())];
        let cut = said.len() > 2 * SAID_LINES;
        let (first, last) =
            if cut { (&said[..SAID_LINES], &said[said.len() - SAID_LINES..]) } else { (said, &said[..0]) };
        if told.iter().map(String::len).sum::<usize>() > SAID_BYTES {
            told.push("\n…".to_owned());
            break;
        }
        told.push(format!("\n{name}\n{}", first.join("\n")));
        if cut {
            told.push(format!("\n  … {} lines …\n{}", said.len() - 2 * SAID_LINES, last.join("\n")));
        }
    }
    told.concat()
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("xtask-{}-{name}.log", std::process::id()))
    }

    #[test]
    fn overwritten_lines_are_news_but_not_kept() {
        let (mut kept, mut news) = (Vec::new(), Vec::new());
        follow(&b"one\n1/2\r2/2\rtwo\r\nend"[..], &mut kept, |line| news.push(line.to_owned())).unwrap();
        assert_eq!(news, ["one", "1/2", "2/2", "two", "two"]);
        assert_eq!(String::from_utf8(kept).unwrap(), "one\ntwo\nend");
    }

    #[test]
    fn a_failure_ends_with_the_tail_of_the_log() {
        let log = log("failure");
        let error = logged("a step", &mut shell("echo out; echo err >&2; exit 3"), &log, GRACE).unwrap_err();
        fs::remove_file(&log).unwrap();
        let text = error.to_string();
        assert!(text.contains("a step failed (exit status: 3)"), "{text}");
        assert!(text.ends_with("out\nerr"), "{text}");
    }

    #[test]
    fn a_step_over_its_time_is_ended_with_all_it_started() {
        let log = log("timeout");
        let script = "sleep 600 & echo $!; wait";
        let error = logged("a step", &mut shell(script), &log, Duration::from_millis(500)).unwrap_err();
        let written = fs::read_to_string(&log).unwrap();
        fs::remove_file(&log).unwrap();
        assert!(error.to_string().contains("not done after"), "{error}");
        let grandchild: i32 = written.lines().last().unwrap().parse().unwrap();
        let grandchild = Pid::from_raw(grandchild).unwrap();
        let deadline = Instant::now() + GRACE;
        while is_alive(grandchild) {
            assert!(Instant::now() < deadline, "process {grandchild:?} outlived its step");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Not gone, and not merely waiting for whoever adopted it to take note.
    fn is_alive(process: Pid) -> bool {
        fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn output_is_whole_and_an_error_names_the_command() {
        assert_eq!(output(&mut shell("echo good")).unwrap(), "good\n");
        let error = output(&mut shell("echo bad >&2; false")).unwrap_err().to_string();
        assert!(error.starts_with("sh -c") && error.ends_with("bad"), "{error}");
    }

    #[test]
    fn what_a_failed_test_said_is_shown_and_cut_in_the_middle() {
        let said = (0..200).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
        let log = format!(
            "running 2 tests\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\n{said}\n\n---- b stdout ----\noh\n\nfailures:\n    a\n    b\n\ntest result: FAILED. 0 passed\n"
        );
        let told = failures(&log.lines().collect::<Vec<_>>());
        for shown in ["---- a stdout ----\nline 0\n", "line 199", "---- b stdout ----\noh", "… 121 lines …"]
        {
            assert!(told.contains(shown), "no {shown:?} in {told}");
        }
        assert!(!told.contains("line 100") && !told.contains("test result"));
        assert_eq!(failures(&["all is well"]), "");
    }
}
